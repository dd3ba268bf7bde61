// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string>

#include "lib/daemon_main.h"
#include "qgs-mux/command_line.h"
#include "qgs-mux/daemon.h"
#include "qgs-mux/probe.h"
#include "qgs-mux/report.h"

namespace vsockfwd::qgs {
namespace {

std::string describe(const Config& config) {
  return fmt::format("services {}, listeners {}, watched folders {}", config.services.size(),
                     config.listeners.size(), config.watches.size());
}

struct Performer : DaemonPerformer<Config> {
  using DaemonPerformer::operator();

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

constexpr Performer performer{{"multiplexer", run_daemon, describe, format_for_people}};

}  // namespace
}  // namespace vsockfwd::qgs

int main(int argc, char** argv) {
  using namespace vsockfwd::qgs;
  return vsockfwd::run_program(program_name, {argv + 1, argv + argc}, parse_command_line,
                               performer);
}
