// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/restore.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lib/fwd_feature.h"
#include "vsockfwd/batch_file.h"
#include "vsockfwd/host.h"
#include "vsockfwd/module.h"
#include "vsockfwd/rule_form.h"
#include "vsockfwd/rule_set.h"
#include "vsockfwd/transaction.h"

namespace vsockfwd {
namespace {

/// A rule that the file asks for.
struct WantedRule {
  Rule rule;
  const BatchLine* line;
};

using WantedRules = std::vector<WantedRule>;

/// What a file asks for.
struct Wanted {
  /// 0 for none.
  Cid alias = 0;
  WantedRules rules;
};

/// What has to happen to the rules of a guest, deletions first: what is added has to go together
/// with what is there.
struct GuestChange {
  std::vector<Rule> deleted;
  WantedRules added;
};

/// What makes the rules that exist the ones that are wanted.
struct Difference {
  std::map<Cid, GuestChange> guests;
  std::size_t deleted = 0;
  std::size_t added = 0;
  std::size_t kept = 0;
};

/// The rules that stay until they are deleted, and those that go with a program.
struct RulesByOwner {
  std::vector<Rule> persistent;
  std::vector<Rule> of_programs;
};

RulesByOwner split_by_owner(const std::vector<vhost_vsock_fwd_rule>& listed) {
  RulesByOwner rules;
  for (const auto& entry : listed) {
    const auto rule = rule_of(entry);
    (rule.persistent ? rules.persistent : rules.of_programs).push_back(rule);
  }
  return rules;
}

Result<void> add_line(Wanted& wanted, const BatchLine& line) {
  const auto& [object, command, values] = line.request;
  const auto name = name_of(*object, *command);
  if (name == "rule add") {
    return parse_rule(values).map([&](const Rule& rule) { wanted.rules.push_back({rule, &line}); });
  }
  if (name == "host alias") {
    return parse_host_alias(values).map([&](Cid alias) { wanted.alias = alias; });
  }
  return Failure(Error{fmt::format("{:?} cannot be restored", name),
                       "only \"rule add\" and \"host alias\" can; \"batch\" runs every command"});
}

Result<Wanted> wanted_by(const BatchFile& file) {
  if (file.empty()) {
    return Failure(Error{fmt::format("{:?} is empty", file.name()),
                         "what should have written it has most likely failed; if all rules are to "
                         "go, run \"vsockfwd rule flush\""});
  }
  Wanted wanted;
  for (const auto& line : file.lines()) {
    const auto added = add_line(wanted, line);
    if (!added) return Failure(file.locate(line, added.error()));
  }
  return wanted;
}

/// Fails if the module would refuse one of the wanted rules, given the ones that stay anyway.
Result<void> check(const BatchFile& file, const WantedRules& wanted,
                   const std::vector<Rule>& staying, const vhost_vsock_fwd_info& info) {
  RuleSet set;
  for (const auto& rule : staying) {
    if (auto fits = set.add(rule, "that a running program has added"); !fits) return fits;
  }
  for (const auto& [rule, line] : wanted) {
    auto fits = require_features(info, features_for(rule));
    if (fits) fits = set.add(rule, fmt::format("of line {}", line->number));
    if (!fits) return Failure(file.locate(*line, fits.error()));
  }
  if (set.size() <= info.rules_max) return {};
  return Failure(Error{fmt::format("{:?} has no room: with those of running programs there would "
                                   "be {} rules",
                                   file.name(), set.size()),
                       fmt::format("there may be {}", info.rules_max)});
}

Difference difference(const std::vector<Rule>& existing, const WantedRules& wanted) {
  std::map<RulePlace, Rule> rest;
  for (const auto& rule : existing) rest.emplace(place_of(rule), rule);

  Difference changes;
  for (const auto& entry : wanted) {
    const auto same_place = rest.find(place_of(entry.rule));
    if (same_place != rest.end() && same_place->second == entry.rule) {
      rest.erase(same_place);
      ++changes.kept;
    } else {
      changes.guests[entry.rule.guest_cid].added.push_back(entry);
      ++changes.added;
    }
  }
  for (const auto& [place, rule] : rest) changes.guests[rule.guest_cid].deleted.push_back(rule);
  changes.deleted = rest.size();
  return changes;
}

Result<void> change(const FwdDevice& device, const BatchFile& file, const Difference& changes) {
  for (const auto& [guest, of_guest] : changes.guests) {
    for (const auto& rule : of_guest.deleted) {
      auto deleted = device.rule_del(rule.guest_cid, rule.ports);
      // Somebody else may have deleted it first.
      if (!deleted && deleted.error().code != ENOENT) return deleted;
    }
    for (const auto& [rule, line] : of_guest.added) {
      const auto added = device.rule_add(rule);
      if (!added) return Failure(file.locate(*line, added.error()));
    }
  }
  return {};
}

Result<Reply> restore(const Machine& machine, const std::string& name) {
  const auto file = BatchFile::read(machine, name);
  if (!file) return Failure(file.error());
  const auto wanted = wanted_by(*file);
  if (!wanted) return Failure(wanted.error());

  Transaction transaction(machine);
  const auto device = open_module(transaction.machine());
  if (!device) return Failure(device.error());
  const auto info = device->info();
  if (!info) return Failure(info.error());
  const auto listed = device->rules();
  if (!listed) return Failure(listed.error());
  const auto [persistent, staying] = split_by_owner(*listed);
  if (const auto fits = check(*file, wanted->rules, staying, *info); !fits)
    return Failure(fits.error());

  const auto changes = difference(persistent, wanted->rules);
  auto changed = change(*device, *file, changes);
  if (changed && wanted->alias != info->host_alias) changed = device->set_host_alias(wanted->alias);
  if (!changed) return Failure(take_back(transaction, changed.error()));
  return Reply{
      Json{{"added", changes.added}, {"deleted", changes.deleted}, {"kept", changes.kept}},
      fmt::format("added {}, deleted {}, kept {}\n", changes.added, changes.deleted, changes.kept)};
}

Result<Action> parse_restore(const Values& values) {
  return [name = std::string(values.at({}))](const Machine& machine) {
    return restore(machine, name);
  };
}

constexpr std::array keywords = {
    Keyword{"", "FILE|-", file_suggestion, Need::required,
            "the file, as \"save\" writes it; standard input for -"},
};

constexpr std::array commands = {
    Command{"", keywords, "make the rules of a file the persistent ones, all of them or none",
            parse_restore},
};

}  // namespace

Object restore_object() {
  return {"restore", "the rules of a file in place of those that exist", commands,
          /*in_batch=*/false};
}

}  // namespace vsockfwd
