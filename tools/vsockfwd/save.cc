// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/save.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/file.h"
#include "vsockfwd/module.h"
#include "vsockfwd/rule_form.h"

namespace vsockfwd {
namespace {

Result<std::vector<Rule>> persistent_rules(const Machine& machine) {
  const auto device = open_module(machine);
  if (!device) return Failure(device.error());
  const auto listed = device->rules();
  if (!listed) return Failure(listed.error());

  std::vector<Rule> rules;
  for (const auto& rule : *listed) rules.push_back(rule_of(rule));
  std::erase_if(rules, [](const auto& rule) { return !rule.persistent; });
  std::ranges::sort(rules, {}, place_of);
  return rules;
}

std::string text_of(const std::vector<Rule>& rules) {
  auto text =
      fmt::format("# the persistent rules of this host, for \"{} restore\"\n", program_name);
  for (const auto& rule : rules) text += format_rule(rule) + "\n";
  return text;
}

Result<Reply> save(const Machine& machine, const std::optional<std::string>& name) {
  const auto rules = persistent_rules(machine);
  if (!rules) return Failure(rules.error());
  auto text = text_of(*rules);
  if (!name) return Reply{Json{{"saved", rules->size()}, {"batch", text}}, text};
  if (const auto written = replace_file(*name, text); !written) return Failure(written.error());
  return Reply{Json{{"saved", rules->size()}}, {}};
}

Result<Action> parse_save(const Values& values) {
  std::optional<std::string> name(values.operand());
  return [name = std::move(name)](const Machine& machine) { return save(machine, name); };
}

constexpr std::array keywords = {
    Keyword{"", "FILE", file_suggestion, Need::optional,
            "the file, which is replaced; standard output if not given"},
};

constexpr std::array commands = {
    Command{"", keywords, "write the persistent rules as a file of commands", parse_save},
};

}  // namespace

Object save_object() {
  return {"save", "a copy of the rules in a file", commands, /*in_batch=*/false};
}

}  // namespace vsockfwd
