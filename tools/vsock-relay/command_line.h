// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_COMMAND_LINE_H
#define VSOCKFWD_VSOCK_RELAY_COMMAND_LINE_H

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "lib/result.h"
#include "vsock-relay/config.h"

namespace vsockfwd::relay {

inline constexpr std::string_view program_name = "vsock-relay";

/// Print this and leave.
struct PrintCommand {
  std::string text;
};

/// Relay.
struct RunCommand {
  /// Makes the configuration, at the start and again for each reload.
  std::function<Result<Config>()> load;
  /// Only make it, to see whether that works.
  bool check_only = false;
};

/// Ask a running relay.
struct StatusCommand {
  std::string control_path;
  /// For programs rather than people.
  bool json = false;
};

using Command = std::variant<PrintCommand, RunCommand, StatusCommand>;

/// Understands the words after the program's name. Nothing outside of them is looked at.
Result<Command> parse_command_line(std::vector<std::string> words);

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_COMMAND_LINE_H
