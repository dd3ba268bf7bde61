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
#include "vsockfwd/host.h"
#include "vsockfwd/module.h"
#include "vsockfwd/rule_form.h"

namespace vsockfwd {
namespace {

/// What stays until somebody takes it back.
struct Persistent {
  /// 0 for none.
  Cid alias;
  /// Sorted.
  std::vector<Rule> rules;
};

Result<Persistent> look(const Machine& machine) {
  const auto device = open_module(machine);
  if (!device) return Failure(device.error());
  const auto info = device->info();
  if (!info) return Failure(info.error());
  const auto listed = device->rules();
  if (!listed) return Failure(listed.error());

  std::vector<Rule> rules;
  for (const auto& rule : *listed) rules.push_back(rule_of(rule));
  std::erase_if(rules, [](const auto& rule) { return !rule.persistent; });
  std::ranges::sort(rules, {}, place_of);
  return Persistent{info->host_alias, std::move(rules)};
}

std::string text_of(const Persistent& persistent) {
  auto text =
      fmt::format("# the persistent rules of this host, for \"{} restore\"\n", program_name);
  if (persistent.alias != 0) text += format_host_alias(persistent.alias) + "\n";
  for (const auto& rule : persistent.rules) text += format_rule(rule) + "\n";
  return text;
}

Result<Reply> save(const Machine& machine, const std::optional<std::string>& name) {
  const auto found = look(machine);
  if (!found) return Failure(found.error());
  const auto count = found->rules.size();
  auto text = text_of(*found);
  if (!name) return Reply{Json{{"saved", count}, {"batch", text}}, text};
  if (const auto written = replace_file(*name, text); !written) return Failure(written.error());
  return Reply{Json{{"saved", count}}, {}};
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
