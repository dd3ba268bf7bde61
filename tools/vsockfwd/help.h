// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_HELP_H
#define VSOCKFWD_VSOCKFWD_HELP_H

#include "vsockfwd/command.h"

namespace vsockfwd {

/// Explains the program. The JSON form is the whole command table.
Reply program_help();

/// Explains one object.
Reply object_help(const Object& object);

/// Explains one command and its words.
Reply command_help(const Object& object, const Command& command);

/// The line that shows how a command is written.
std::string usage_line(const Object& object, const Command& command);

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_HELP_H
