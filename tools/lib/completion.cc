// SPDX-License-Identifier: Apache-2.0
#include "lib/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/App.hpp>
#include <algorithm>

namespace vsockfwd {
namespace {

// The command is the first word; what follows an option may be the name of a file. @program@ and
// @function@ stand for its name, and for the same as the name of a function.
constexpr std::string_view script_head =
    R"(# bash completion for @program@; generated from its options

@function@()
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

complete -o default -F @function@ @program@
)";

std::string replace_all(std::string text, std::string_view word, std::string_view by) {
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size())) {
    text.replace(at, word.size(), by);
  }
  return text;
}

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
  auto function = "_" + program.get_name();
  std::replace(function.begin(), function.end(), '-', '_');
  return replace_all(replace_all(script, "@program@", program.get_name()), "@function@", function);
}

}  // namespace vsockfwd
