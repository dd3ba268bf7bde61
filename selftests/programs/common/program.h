// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_PROGRAMS_PROGRAM_H
#define VSOCKFWD_PROGRAMS_PROGRAM_H

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <string_view>
#include <type_traits>
#include <utility>

#include "guest/deadline.h"
#include "lib/result.h"

namespace vsockfwd::programs {

/// A number of seconds on a command line; may have a fraction.
struct Seconds {
  double value = 0;

  [[nodiscard]] Milliseconds milliseconds() const {
    return std::chrono::duration_cast<Milliseconds>(std::chrono::duration<double>(value));
  }
};

/// Ends a program: thrown by a command, caught by run_program().
struct CommandFailed {
  Error error;
};

/// The value, or the end of the program.
template <typename T>
T value_or_fail(Result<T> result) {
  if (!result) throw CommandFailed{std::move(result.error())};
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// Ends a program because of errno, which says why `what` failed.
[[noreturn]] void fail(std::string_view what);

/// The file by which a program tells that it is ready: that clients can come.
class ReadyFile {
 public:
  void add_to(CLI::App& command);

  /// Makes the file, if one is named.
  [[nodiscard]] Result<void> make() const;

 private:
  std::filesystem::path path_;
};

/// Reads the command line and runs the callback of the command that it names, or of the program if
/// it has one only. Returns the exit
/// status: 0, 1 for a command that failed (and prints why), 2 for wrong usage.
int run_program(CLI::App& app, int argc, char** argv);

}  // namespace vsockfwd::programs

#endif  // VSOCKFWD_PROGRAMS_PROGRAM_H
