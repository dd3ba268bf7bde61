// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <utility>
#include <vector>

#include "lib/cid.h"
#include "lib/fwd_feature.h"
#include "vsockfwd/guest_filter.h"
#include "vsockfwd/module.h"
#include "vsockfwd/rule_form.h"

namespace vsockfwd {
namespace {

using Rules = std::vector<vhost_vsock_fwd_rule>;

Result<Rules> list_rules(const FwdDevice& device, const GuestFilter& filter) {
  auto rules = device.rules();
  if (rules && filter) {
    std::erase_if(*rules, [&](const auto& rule) { return rule.guest_cid != *filter; });
  }
  return rules;
}

// rule add

Result<Reply> add(const Machine& machine, const Rule& rule) {
  const auto device = open_module(machine, features_for(rule));
  if (!device) return Failure(device.error());
  if (const auto added = device->rule_add(rule); !added) return Failure(added.error());
  return Reply{json_of(rule), {}};
}

Result<Action> parse_add(const Values& values) {
  const auto rule = parse_rule(values);
  if (!rule) return Failure(rule.error());
  return [rule = *rule](const Machine& machine) { return add(machine, rule); };
}

// rule del, rule flush

Reply deleted(std::size_t count) {
  return {Json{{"deleted", count}}, {}};
}

Result<Reply> del(const Machine& machine, Cid guest, PortRange ports) {
  const auto device = open_module(machine, features_for(ports));
  if (!device) return Failure(device.error());
  if (const auto gone = device->rule_del(guest, ports); !gone) return Failure(gone.error());
  return deleted(1);
}

Result<Action> parse_del(const Values& values) {
  const auto guest = parse_guest_cid(values.at("guest"));
  if (!guest) return Failure(guest.error());
  const auto ports = parse_rule_ports(values);
  if (!ports) return Failure(ports.error());
  return [guest = *guest, ports = *ports](const Machine& machine) {
    return del(machine, guest, ports);
  };
}

Result<Reply> flush(const Machine& machine, const GuestFilter& filter) {
  const auto device = open_module(machine);
  if (!device) return Failure(device.error());
  const auto rules = list_rules(*device, filter);
  if (!rules) return Failure(rules.error());

  std::size_t count = 0;
  for (const auto& rule : *rules) {
    const auto gone = device->rule_del(rule.guest_cid, {rule.port_first, rule.port_last});
    if (gone) {
      ++count;
    } else if (gone.error().code != ENOENT) {  // somebody else may have deleted it first
      auto error = gone.error();
      error.message += fmt::format("; {} of {} rules are deleted", count, rules->size());
      return Failure(std::move(error));
    }
  }
  auto reply = deleted(count);
  reply.text = fmt::format("deleted {} {}\n", count, count == 1 ? "rule" : "rules");
  return reply;
}

Result<Action> parse_flush(const Values& values) {
  const auto filter = parse_guest_filter(values);
  if (!filter) return Failure(filter.error());
  return [filter = *filter](const Machine& machine) { return flush(machine, filter); };
}

// rule show

Json json_of(const Rules& rules) {
  auto list = Json::array();
  for (const auto& rule : rules) {
    Json entry = {{"id", rule.id}};
    entry.update(json_of(rule_of(rule)));
    list.push_back(std::move(entry));
  }
  return list;
}

std::string text_of(const Rules& rules) {
  static constexpr auto row = "{:<10}  {:<10}  {:<21}  {:<10}  {}\n";
  auto table = fmt::format(row, "GUEST", "FROM", "PORT", "PERSISTENT", "TO");
  for (const auto& listed : rules) {
    const auto rule = rule_of(listed);
    fmt::format_to(std::back_inserter(table), row, rule.guest_cid, format_cid(rule.from_cid),
                   format_ports(rule.ports), rule.persistent ? "yes" : "no", format_target(rule));
  }
  return table;
}

Result<Reply> show(const Machine& machine, const GuestFilter& filter) {
  const auto device = open_module(machine);
  if (!device) return Failure(device.error());
  auto rules = list_rules(*device, filter);
  if (!rules) return Failure(rules.error());

  std::ranges::sort(*rules, {}, [](const auto& listed) { return place_of(rule_of(listed)); });
  return Reply{json_of(*rules), text_of(*rules)};
}

Result<Action> parse_show(const Values& values) {
  const auto filter = parse_guest_filter(values);
  if (!filter) return Failure(filter.error());
  return [filter = *filter](const Machine& machine) { return show(machine, filter); };
}

constexpr std::array del_keywords = {
    Keyword{"guest", "CID", "", Need::required, "the guest that loses a rule"},
    Keyword{"port", "PORTS", "", Need::optional,
            "the ports of the rule, as it was added; if not given, the rule for all ports"},
};

constexpr std::array filter_keywords = {
    Keyword{"guest", "CID", "", Need::optional, "the rules of this guest only"},
};

constexpr std::array commands = {
    Command{"show", filter_keywords, "list the rules, sorted by guest and port", parse_show},
    Command{"add", rule_keywords, "add a rule, which stays until it is deleted", parse_add},
    Command{"del", del_keywords, "delete one rule of a guest", parse_del},
    Command{"flush", filter_keywords, "delete all rules", parse_flush},
};

}  // namespace

Object rule_object() {
  return {"rule", "which guests reach what under another CID", commands};
}

}  // namespace vsockfwd
