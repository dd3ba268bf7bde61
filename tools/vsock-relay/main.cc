// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string>

#include "lib/daemon_main.h"
#include "vsock-relay/command_line.h"
#include "vsock-relay/daemon.h"
#include "vsock-relay/report.h"

namespace vsockfwd::relay {
namespace {

std::string describe(const Config& config) {
  return fmt::format("pairs {}", config.pairs.size());
}

constexpr DaemonPerformer<Config> performer{"relay", run_daemon, describe, format_for_people};

}  // namespace
}  // namespace vsockfwd::relay

int main(int argc, char** argv) {
  using namespace vsockfwd::relay;
  return vsockfwd::run_program(program_name, {argv + 1, argv + argc}, parse_command_line,
                               performer);
}
