// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_DAEMON_COMMAND_H
#define VSOCKFWD_LIB_DAEMON_COMMAND_H

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/result.h"
#include "lib/setting_words.h"

/// The commands that every daemon has.
namespace vsockfwd {

/// Print this and leave.
struct PrintCommand {
  std::string text;
};

/// Serve.
template <typename Config>
struct RunCommand {
  /// Makes the configuration, at the start and again for each reload.
  std::function<Result<Config>()> load;
  /// Only make it, to see whether that works.
  bool check_only = false;
};

/// Ask a running daemon.
struct StatusCommand {
  std::string control_path;
  /// For programs rather than people.
  bool json = false;
};

/// The subcommand "status" of a program.
class StatusOptions {
 public:
  /// `daemon` is what people call it, as in: relay.
  StatusOptions(CLI::App& program, std::string_view daemon, std::string control_path)
      : control_path_(std::move(control_path)) {
    const std::string name(daemon);
    auto& app = *program.add_subcommand("status", "tell what a running " + name + " does");
    app.add_flag("-j,--json", json_, "print JSON")->disable_flag_override();
    app.add_option("--control", control_path_, "socket of the " + name)
        ->type_name("PATH")
        ->capture_default_str();
  }

  [[nodiscard]] Result<StatusCommand> command() const {
    return parse_control_path(control_path_)
        .map([this](std::string path) {
          return StatusCommand{std::move(path), json_};
        })
        .map_error([](Error error) {
          error.message.insert(0, "--control: ");
          return error;
        });
  }

 private:
  std::string control_path_;
  bool json_ = false;
};

/// The words that every daemon understands: --help, --version, completion.
class CommonWords {
 public:
  explicit CommonWords(CLI::App& program);

  /// What to print, or no value if a command of the daemon's own was given.
  Result<std::optional<PrintCommand>> parse(std::vector<std::string> words);

 private:
  CLI::App& program_;
  bool version_ = false;
};

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_DAEMON_COMMAND_H
