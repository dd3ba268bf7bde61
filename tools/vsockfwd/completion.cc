// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <vector>

namespace vsockfwd {
namespace {

// The script reads the words before the cursor as the program does: an object, a command, then
// keywords, most of them with a value, with options anywhere and "help" in front of what it is
// about. Where it says "to:port", it means the keyword "port" directly behind the value of "to". A
// place has a list of words even if it is empty; a keyword without one stands alone. Where an
// object says everything, "-" stands for its command.
constexpr std::string_view script_head =
    R"(# bash completion for vsockfwd; generated from its command table

declare -gA _vsockfwd_words=(
)";

constexpr std::string_view script_alternatives = R"()
declare -gA _vsockfwd_alternatives=(
)";

constexpr std::string_view script_function = R"()

_vsockfwd()
{
    local current=${COMP_WORDS[COMP_CWORD]}
    local object= command= keyword= previous= used=' ' word
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        if [[ $word == -* || ( -z $command && $word == help ) ]]; then
            continue
        elif [[ -z $object ]]; then
            object=$word
            [[ -z ${_vsockfwd_words[$object/-/]+there} ]] || command=-
        elif [[ -z $command ]]; then
            command=$word
        elif [[ -n $keyword ]]; then
            previous=$keyword keyword=
        else
            local alternatives=" ${_vsockfwd_alternatives[$object/$command]-} "
            keyword=$word
            if [[ -n ${_vsockfwd_words[$object/$command/$previous:$word]+there} ]]; then
                keyword=$previous:$word
            elif [[ $alternatives == *" $word "* ]]; then
                used+=$alternatives
            fi
            used+="$keyword help "
            if [[ -z ${_vsockfwd_words[$object/$command/$keyword]+there} ]]; then
                keyword=
            fi
            previous=
        fi
    done

    local offered=${_vsockfwd_words[$object/$command/$keyword]-}
    if [[ $current == -* ]]; then
        offered=$_vsockfwd_options
    elif [[ -n $keyword ]]; then
        used=' '
    fi

    COMPREPLY=()
    for word in $offered; do
        if [[ $used == *" $word "* || ( $word == *:* && $word != "$previous":* ) ||
              " $offered " == *" $previous:$word "* ]]; then
            continue
        fi
        word=${word#*:}
        if [[ $word == FILE ]]; then
            mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current")
            compopt -o filenames
        elif [[ $word == "$current"* ]]; then
            COMPREPLY+=("$word")
        fi
    done
}

complete -F _vsockfwd vsockfwd
)";

std::string entry(std::string_view place, std::string_view words) {
  return fmt::format("    [{}]='{}'\n", place, words);
}

/// What may follow an object or stand for one.
template <typename Table>
std::string names_and_help(const Table& table) {
  return fmt::format("{} {}", fmt::join(names_of(table), " "), help_word);
}

std::string key_of(const Keyword& keyword) {
  return keyword.behind.empty() ? std::string(keyword.name)
                                : fmt::format("{}:{}", keyword.behind, keyword.name);
}

/// `more` may stand where a keyword does.
std::string entries_of(const Command& command, const std::string& place,
                       std::string_view more = {}) {
  std::vector<std::string> keys;
  std::string values;
  for (const auto& keyword : command.keywords) {
    keys.push_back(key_of(keyword));
    if (!keyword.value.empty()) values += entry(place + keys.back(), keyword.suggestions);
  }
  if (!more.empty()) keys.emplace_back(more);
  return entry(place, fmt::format("{}", fmt::join(keys, " "))) + values;
}

/// Either a value that no word announces stands directly behind the object, or keywords do.
std::string entries_of_nameless(const Object& object, const Command& only) {
  const auto& first = only.keywords.front();
  if (first.name.empty()) {
    return entry(fmt::format("{}//", object.name),
                 fmt::format("{} {}", first.suggestions, help_word));
  }
  return entries_of(only, fmt::format("{}/-/", object.name), help_word);
}

std::string words_at_each_place() {
  auto list = entry("//", names_and_help(objects()));
  for (const auto& object : objects()) {
    const auto place = fmt::format("{}//", object.name);
    if (const auto* const only = nameless_command(object)) {
      list += entries_of_nameless(object, *only);
      continue;
    }
    list += entry(place, names_and_help(object.commands));
    for (const auto& command : object.commands) {
      list += entries_of(command, fmt::format("{}/{}/", object.name, command.name));
    }
  }
  return list;
}

std::string alternatives_of_each_command() {
  std::string list;
  for (const auto& object : objects()) {
    for (const auto& command : object.commands) {
      std::vector<std::string_view> names;
      for (const auto& keyword : command.keywords) {
        if (keyword.need == Need::alternative) names.push_back(keyword.name);
      }
      if (names.empty()) continue;
      list += entry(fmt::format("{}/{}", object.name, command.name.empty() ? "-" : command.name),
                    fmt::format("{}", fmt::join(names, " ")));
    }
  }
  return list;
}

std::string option_words() {
  std::vector<std::string_view> words;
  for (const auto& option : options()) words.push_back(option.long_name);
  return fmt::format("_vsockfwd_options='{}'\n", fmt::join(words, " "));
}

Result<Reply> bash(const Machine& /*machine*/) {
  auto script = fmt::format("{}{}{}{}{}{}", script_head, words_at_each_place(), script_alternatives,
                            alternatives_of_each_command(), script_function, option_words());
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
