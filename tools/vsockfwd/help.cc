// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/help.h"

#include <fmt/format.h>

namespace vsockfwd {
namespace {

/// One line of a list: what is explained, and the explanation.
std::string item(std::string_view term, std::string_view description) {
  return fmt::format("  {:<14}  {}\n", term, description);
}

std::string usage(std::string_view words) {
  return fmt::format("usage: {} [OPTIONS] {}\n", program_name, words);
}

std::string option_list() {
  std::string list = "\noptions, at any place:\n";
  for (const auto& option : options()) {
    list += item(fmt::format("{}, {}", option.short_name, option.long_name), option.description);
  }
  return list;
}

Json json_of(const Object& object, const Command& command) {
  auto keywords = Json::array();
  for (const auto& keyword : command.keywords) {
    keywords.push_back({{"name", keyword.name},
                        {"value", keyword.value},
                        {"required", keyword.need == Need::required},
                        {"alternative", keyword.need == Need::alternative},
                        {"behind", keyword.behind},
                        {"description", keyword.description}});
  }
  return {{"name", command.name},
          {"synopsis", synopsis(object, command)},
          {"description", command.description},
          {"keywords", std::move(keywords)}};
}

Json json_of(const Object& object) {
  auto commands = Json::array();
  for (const auto& command : object.commands) commands.push_back(json_of(object, command));
  return {{"name", object.name},
          {"description", object.description},
          {"commands", std::move(commands)}};
}

Json json_of_program() {
  Json help = {
      {"objects", Json::array()}, {"options", Json::array()}, {"exit_statuses", Json::array()}};
  for (const auto& object : objects()) help["objects"].push_back(json_of(object));
  for (const auto& option : options()) {
    help["options"].push_back({{"short", option.short_name},
                               {"long", option.long_name},
                               {"description", option.description}});
  }
  for (const auto& [status, description] : exit_statuses()) {
    help["exit_statuses"].push_back({{"status", status}, {"description", description}});
  }
  return help;
}

}  // namespace

std::string usage_line(const Object& object, const Command& command) {
  return fmt::format("usage: {} {}", program_name, synopsis(object, command));
}

Reply program_help() {
  auto text = usage("OBJECT [COMMAND [WORDS]]") +
              "Makes this host reachable for chosen virtual machines under another vsock CID.\n"
              "\nobjects:\n";
  for (const auto& object : objects()) text += item(object.name, object.description);
  text += option_list();
  text += "\nexit status:\n";
  for (const auto& [status, description] : exit_statuses()) {
    text += item(std::to_string(status), description);
  }
  text += fmt::format("\n\"{} OBJECT {}\" explains an object.\n", program_name, help_word);
  return {json_of_program(), std::move(text)};
}

Reply object_help(const Object& object) {
  if (const auto* const only = nameless_command(object)) return command_help(object, *only);
  auto text = usage(fmt::format("{} [COMMAND [WORDS]]", object.name)) +
              fmt::format("{}: {}\n\ncommands:\n", object.name, object.description);
  for (const auto& command : object.commands) {
    text += fmt::format("  {}\n      {}\n", synopsis(object, command), command.description);
  }
  return {json_of(object), text + option_list()};
}

Reply command_help(const Object& object, const Command& command) {
  auto text = usage(synopsis(object, command)) +
              fmt::format("{}: {}\n", name_of(object, command), command.description);
  if (!command.keywords.empty()) text += "\nwords, in any order:\n";
  for (const auto& keyword : command.keywords) {
    text += item(term(keyword), keyword.description);
  }
  return {json_of(object, command), text + option_list()};
}

}  // namespace vsockfwd
