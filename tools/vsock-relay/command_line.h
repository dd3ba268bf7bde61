// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_COMMAND_LINE_H
#define VSOCKFWD_VSOCK_RELAY_COMMAND_LINE_H

#include <string>
#include <variant>
#include <vector>

#include "lib/daemon_command.h"
#include "lib/result.h"
#include "vsock-relay/config.h"

namespace vsockfwd::relay {

inline constexpr std::string_view program_name = "vsock-relay";

using RunCommand = vsockfwd::RunCommand<Config>;
using Command = std::variant<PrintCommand, RunCommand, StatusCommand>;

/// Understands the words after the program's name. Nothing outside of them is looked at.
Result<Command> parse_command_line(std::vector<std::string> words);

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_COMMAND_LINE_H
