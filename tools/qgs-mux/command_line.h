// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_QGS_MUX_COMMAND_LINE_H
#define VSOCKFWD_QGS_MUX_COMMAND_LINE_H

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lib/daemon_command.h"
#include "lib/result.h"
#include "qgs-mux/config.h"

namespace vsockfwd::qgs {

inline constexpr std::string_view program_name = "qgs-mux";

/// Ask services whether they are fine.
struct ProbeCommand {
  std::vector<Address> services;
};

using RunCommand = vsockfwd::RunCommand<Config>;
using Command = std::variant<PrintCommand, RunCommand, StatusCommand, ProbeCommand>;

/// Understands the words after the program's name. Nothing outside of them is looked at.
Result<Command> parse_command_line(std::vector<std::string> words);

}  // namespace vsockfwd::qgs

#endif  // VSOCKFWD_QGS_MUX_COMMAND_LINE_H
