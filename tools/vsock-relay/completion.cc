// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/App.hpp>

namespace vsockfwd::relay {
namespace {

// The command is the first word; what follows an option may be the name of a file.
constexpr std::string_view script_head =
    R"(# bash completion for vsock-relay; generated from its options

_vsock_relay()
{
    local current=${COMP_WORDS[COMP_CWORD]} command= offered=
    if ((COMP_CWORD > 1)); then
        command=${COMP_WORDS[1]}
    fi

    case $command in
)";

constexpr std::string_view script_tail = R"(    esac

    COMPREPLY=()
    if [[ -z $command || $current == -* || $command == completion ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$offered" -- "$current")
    fi
}

complete -o default -F _vsock_relay vsock-relay
)";

std::string choice(std::string_view command, const CLI::App& app) {
  return fmt::format("        {}) offered='{}' ;;\n", command,
                     fmt::join({fmt::format("{}", fmt::join(subcommand_names(app), " ")),
                                fmt::format("{}", fmt::join(option_names(app), " "))},
                               " "));
}

}  // namespace

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* const option : app.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    for (const auto& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

std::vector<std::string> subcommand_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* const subcommand : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(subcommand->get_name());
  }
  return names;
}

std::string bash_completion(const CLI::App& program) {
  std::string script(script_head);
  script += choice("''", program);
  for (const auto* const command : program.get_subcommands([](const CLI::App*) { return true; })) {
    script += choice(command->get_name(), *command);
  }
  script += script_tail;
  return script;
}

}  // namespace vsockfwd::relay
