// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_COMPLETION_H
#define VSOCKFWD_LIB_COMPLETION_H

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace vsockfwd {

/// The options of a command, as --long or -s.
std::vector<std::string> option_names(const CLI::App& app);

std::vector<std::string> subcommand_names(const CLI::App& app);

/// A script that lets bash complete the commands and options of the program.
std::string bash_completion(const CLI::App& program);

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_COMPLETION_H
