// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_PROGRAM_WORDS_H
#define VSOCKFWD_LIB_PROGRAM_WORDS_H

#include <string>
#include <string_view>
#include <vector>

#include "lib/result.h"

namespace CLI {
class App;
}

/// What command lines of commands and options have in common.
namespace vsockfwd {

inline constexpr int exit_success = 0;
inline constexpr int exit_failure = 1;
inline constexpr int exit_usage = 2;

/// Gives the words after the program's name to it and its commands. Returns the help if that was
/// asked for, else nothing. Fails with a suggestion if a word belongs nowhere.
Result<std::string> parse_words(CLI::App& program, std::vector<std::string> words);

/// Writes to standard output. Returns the exit status of the program.
int print(std::string_view program_name, std::string_view text);

/// Writes an error and its hint to standard error. Returns `status`.
int complain(std::string_view program_name, const Error& error, int status);

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_PROGRAM_WORDS_H
