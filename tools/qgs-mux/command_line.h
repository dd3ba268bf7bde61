// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_QGS_MUX_COMMAND_LINE_H
#define VSOCKFWD_QGS_MUX_COMMAND_LINE_H

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lib/result.h"
#include "qgs-mux/config.h"

namespace vsockfwd::qgs {

inline constexpr std::string_view program_name = "qgs-mux";

/// Print this and leave.
struct PrintCommand {
  std::string text;
};

/// Serve guests.
struct RunCommand {
  /// Makes the configuration, at the start and again for each reload.
  std::function<Result<Config>()> load;
  /// Only make it, to see whether that works.
  bool check_only = false;
};

/// Ask a running multiplexer.
struct StatusCommand {
  std::string control_path;
  /// For programs rather than people.
  bool json = false;
};

/// Ask services whether they are fine.
struct ProbeCommand {
  std::vector<Address> services;
};

using Command = std::variant<PrintCommand, RunCommand, StatusCommand, ProbeCommand>;

/// Understands the words after the program's name. Nothing outside of them is looked at.
Result<Command> parse_command_line(std::vector<std::string> words);

}  // namespace vsockfwd::qgs

#endif  // VSOCKFWD_QGS_MUX_COMMAND_LINE_H
