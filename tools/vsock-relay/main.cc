// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string>
#include <variant>
#include <vector>

#include "lib/control.h"
#include "lib/program_words.h"
#include "vsock-relay/command_line.h"
#include "vsock-relay/daemon.h"
#include "vsock-relay/report.h"

namespace vsockfwd::relay {
namespace {

/// Does what the command line asks for. A value is the text for standard output.
struct Performer {
  Result<std::string> operator()(const PrintCommand& print) const { return print.text; }

  Result<std::string> operator()(const RunCommand& run) const {
    if (!run.check_only) return run_daemon(run.load).map([] { return std::string(); });
    return run.load().map([](const Config& config) {
      return fmt::format("the configuration is fine, pairs: {}\n", config.pairs.size());
    });
  }

  Result<std::string> operator()(const StatusCommand& status) const {
    auto json = ask_status(status.control_path, "relay");
    return status.json ? std::move(json) : std::move(json).and_then(format_for_people);
  }
};

int run(std::vector<std::string> words) {
  const auto command = parse_command_line(std::move(words));
  if (!command) return complain(program_name, command.error(), exit_usage);
  const auto output = std::visit(Performer(), *command);
  return output ? print(program_name, *output)
                : complain(program_name, output.error(), exit_failure);
}

}  // namespace
}  // namespace vsockfwd::relay

int main(int argc, char** argv) {
  try {
    return vsockfwd::relay::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "vsock-relay: %s\n", error.what());
    return vsockfwd::exit_failure;
  }
}
