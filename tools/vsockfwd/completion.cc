// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <vector>

namespace vsockfwd {
namespace {

// The script reads the words before the cursor as the program does: an object, a command, then
// pairs of a keyword and its value, with options anywhere and "help" in front of what it is about.
constexpr std::string_view script_head =
    R"(# bash completion for vsockfwd; generated from its command table

_vsockfwd()
{
    local current=${COMP_WORDS[COMP_CWORD]}
    local object= command= keyword= used=' ' offered= word
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        if [[ $word == -* || ( -z $command && $word == help ) ]]; then
            continue
        elif [[ -z $object ]]; then
            object=$word
        elif [[ -z $command ]]; then
            command=$word
        elif [[ -z $keyword ]]; then
            keyword=$word used+="$word "
        else
            keyword=
        fi
    done

    case $object/$command/$keyword in
)";

constexpr std::string_view script_options = R"(    esac
    if [[ $current == -* ]]; then
        offered=)";

constexpr std::string_view script_tail = R"(
    elif [[ -n $keyword ]]; then
        used=' '
    fi

    COMPREPLY=()
    for word in $offered; do
        if [[ $word == "$current"* && $used != *" $word "* ]]; then
            COMPREPLY+=("$word")
        fi
    done
}

complete -F _vsockfwd vsockfwd
)";

std::string choice(std::string_view place, std::string_view words) {
  return fmt::format("        {}) offered='{}' ;;\n", place, words);
}

/// What may follow an object or stand for one.
template <typename Table>
std::string names_and_help(const Table& table) {
  return fmt::format("{} {}", fmt::join(names_of(table), " "), help_word);
}

std::string choices() {
  auto list = choice("//", names_and_help(objects()));
  for (const auto& object : objects()) {
    list += choice(fmt::format("{}//", object.name), names_and_help(object.commands));
    for (const auto& command : object.commands) {
      const auto place = fmt::format("{}/{}/", object.name, command.name);
      list += choice(place, fmt::format("{}", fmt::join(names_of(command.keywords), " ")));
      for (const auto& keyword : command.keywords) {
        list += choice(fmt::format("{}{}", place, keyword.name), keyword.suggestions);
      }
    }
  }
  return list;
}

std::string option_words() {
  std::vector<std::string_view> words;
  for (const auto& option : options()) words.push_back(option.long_name);
  return fmt::format("'{}'", fmt::join(words, " "));
}

Result<Reply> bash(const Machine& /*machine*/) {
  auto script = fmt::format("{}{}{}{}{}", script_head, choices(), script_options, option_words(),
                            script_tail);
  return Reply{Json{{"script", script}}, script};
}

Result<Action> parse_bash(const Values& /*values*/) {
  return bash;
}

constexpr std::array commands = {
    Command{"bash", {}, "print a script for bash to source", parse_bash},
};

}  // namespace

Object completion_object() {
  return {"completion", "completion of this program's words in a shell", commands};
}

}  // namespace vsockfwd
