// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_DAEMON_MAIN_H
#define VSOCKFWD_LIB_DAEMON_MAIN_H

#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "lib/control.h"
#include "lib/daemon_command.h"
#include "lib/program_words.h"
#include "lib/result.h"

namespace vsockfwd {

/// Does what the command line of a daemon asks for. A value is the text for standard output.
template <typename Config>
struct DaemonPerformer {
  /// What people call the daemon, as in: relay.
  std::string_view who;
  /// Serves until a signal ends it.
  Result<void> (*serve)(const std::function<Result<Config>()>& load);
  /// What is in a configuration that is fine.
  std::string (*describe)(const Config& config);
  Result<std::string> (*format_for_people)(std::string_view json);

  Result<std::string> operator()(const PrintCommand& print) const { return print.text; }

  Result<std::string> operator()(const RunCommand<Config>& run) const {
    if (!run.check_only) return serve(run.load).map([] { return std::string(); });
    return run.load().map([this](const Config& config) {
      return "the configuration is fine: " + describe(config) + "\n";
    });
  }

  Result<std::string> operator()(const StatusCommand& status) const {
    auto json = ask_status(status.control_path, who);
    return status.json ? std::move(json) : std::move(json).and_then(format_for_people);
  }
};

/// Makes the configuration for the first time: one that makes no sense is as a command line that
/// does not. A file may be a pipe, so it is not read again until a reload.
template <typename Config>
Result<void> load_first(RunCommand<Config>& run) {
  return run.load().map([&run](Config config) {
    run.load = [first = std::optional(std::move(config)), again = std::move(run.load)]() mutable {
      return first ? *std::exchange(first, std::nullopt) : again();
    };
  });
}

/// Other commands have none.
template <typename Other>
Result<void> load_first(const Other& /*command*/) {
  return {};
}

/// What main() is to do; `words` follow the program's name. Returns the exit status.
template <typename Command, typename Performer>
int run_program(std::string_view program_name, std::vector<std::string> words,
                Result<Command> (*parse)(std::vector<std::string> words),
                const Performer& performer) try {
  auto command = parse(std::move(words));
  if (!command) return complain(program_name, command.error(), exit_usage);
  const auto sound = std::visit([](auto& known) { return load_first(known); }, *command);
  if (!sound) return complain(program_name, sound.error(), exit_usage);
  const auto output = std::visit(performer, *command);
  return output ? print(program_name, *output)
                : complain(program_name, output.error(), exit_failure);
} catch (const std::exception& error) {
  return complain(program_name, {error.what(), {}}, exit_failure);
}

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_DAEMON_MAIN_H
