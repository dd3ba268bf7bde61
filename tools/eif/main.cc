// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string>
#include <variant>
#include <vector>

#include "eif/command_line.h"
#include "eif/image_file.h"
#include "lib/program_words.h"

namespace vsockfwd::eif {
namespace {

int tell(const Result<std::string>& outcome) {
  return outcome ? print(program_name, *outcome)
                 : complain(program_name, outcome.error(), exit_failure);
}

/// Does what the command line asks for, and returns the exit status.
struct Performer {
  int operator()(const PrintCommand& command) const { return print(program_name, command.text); }
  int operator()(const BuildCommand& command) const { return tell(build_file(command)); }
  int operator()(const DescribeCommand& command) const { return tell(describe_file(command)); }

  /// All are looked at, whatever becomes of the first.
  int operator()(const CheckCommand& command) const {
    int status = exit_success;
    for (const auto& path : command.paths) {
      const auto outcome =
          check_file(path).map([&path] { return fmt::format("{:?} is fine\n", path); });
      if (tell(outcome) != exit_success) status = exit_failure;
    }
    return status;
  }
};

int run(std::vector<std::string> words) {
  const auto command = parse_command_line(std::move(words));
  if (!command) return complain(program_name, command.error(), exit_usage);
  return std::visit(Performer(), *command);
}

}  // namespace
}  // namespace vsockfwd::eif

int main(int argc, char** argv) {
  try {
    return vsockfwd::eif::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "eif: %s\n", error.what());
    return vsockfwd::exit_failure;
  }
}
