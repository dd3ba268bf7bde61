// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_PROGRAM_H
#define VSOCKFWD_VSOCKFWD_PROGRAM_H

#include <functional>
#include <string>

#include "vsockfwd/command_line.h"

namespace vsockfwd {

/// What the program leaves behind.
struct Outcome {
  /// For standard output.
  std::string output;
  /// For standard error.
  std::string complaint;
  int status = exit_success;
  /// Waits for what there is to print next; empty if this is all.
  std::function<Outcome()> more = {};
};

/// The whole program but for printing: from its words to what is to be printed.
Outcome run(Words words, const Machine& machine);

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_PROGRAM_H
