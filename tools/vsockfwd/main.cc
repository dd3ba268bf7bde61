// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <csignal>
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

/// Lets the usual signals end the program well, even while nobody takes what it prints. Every line
/// is printed at once, so nothing else is left to do.
void end_by_signal() {
  for (const int number : {SIGINT, SIGTERM}) {
    std::signal(number, [](int) { ::_exit(vsockfwd::exit_success); });
  }
}

int print_outcome(vsockfwd::Outcome outcome) {
  if (outcome.more) end_by_signal();
  for (;;) {
    // Nobody is left to be told if this fails; the exit status speaks.
    static_cast<void>(print(outcome.complaint, stderr));
    if (!print(outcome.output, stdout)) {
      std::perror("vsockfwd: cannot write to standard output");
      return vsockfwd::exit_failure;
    }
    if (!outcome.more) return outcome.status;
    outcome = outcome.more();
  }
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
