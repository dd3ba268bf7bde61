// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string>
#include <variant>
#include <vector>

#include "lib/control.h"
#include "lib/program_words.h"
#include "qgs-mux/command_line.h"
#include "qgs-mux/daemon.h"
#include "qgs-mux/probe.h"
#include "qgs-mux/report.h"

namespace vsockfwd::qgs {
namespace {

/// Does what the command line asks for. A value is the text for standard output.
struct Performer {
  Result<std::string> operator()(const PrintCommand& print) const { return print.text; }

  Result<std::string> operator()(const RunCommand& run) const {
    if (!run.check_only) return run_daemon(run.load).map([] { return std::string(); });
    return run.load().map([](const Config& config) {
      return fmt::format(
          "the configuration is fine: services {}, listeners {}, watched folders {}\n",
          config.services.size(), config.listeners.size(), config.watches.size());
    });
  }

  Result<std::string> operator()(const StatusCommand& status) const {
    auto json = ask_status(status.control_path, "multiplexer");
    return status.json ? std::move(json) : std::move(json).and_then(format_for_people);
  }

  /// All are asked, and told of; the last trouble is the outcome.
  Result<std::string> operator()(const ProbeCommand& command) const {
    Result<std::string> outcome;
    for (const auto& service : command.services) {
      auto told = probe(service);
      if (told) {
        if (print(program_name, *told) != exit_success) return std::string();
        continue;
      }
      if (!outcome) complain(program_name, outcome.error(), exit_failure);
      outcome = Failure(std::move(told.error()));
    }
    return outcome;
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
}  // namespace vsockfwd::qgs

int main(int argc, char** argv) {
  try {
    return vsockfwd::qgs::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "qgs-mux: %s\n", error.what());
    return vsockfwd::exit_failure;
  }
}
