// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "vsockfwd/program.h"

namespace {

/// Whether everything has reached the other end of the stream, as far as the system tells.
bool print(const std::string& text, std::FILE* stream) {
  return std::fwrite(text.data(), 1, text.size(), stream) == text.size() &&
         std::fflush(stream) == 0;
}

int print_outcome(const vsockfwd::Outcome& outcome) {
  // Nobody is left to be told if this fails; the exit status speaks.
  static_cast<void>(print(outcome.complaint, stderr));
  if (print(outcome.output, stdout)) return outcome.status;
  std::perror("vsockfwd: cannot write to standard output");
  return vsockfwd::exit_failure;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string_view> words(argv + 1, argv + argc);
    return print_outcome(vsockfwd::run(words, {}));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "vsockfwd: %s\n", error.what());
    return vsockfwd::exit_failure;
  }
}
