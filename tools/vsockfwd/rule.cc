// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "lib/cid.h"

namespace vsockfwd {
namespace {

using Rules = std::vector<vhost_vsock_fwd_rule>;

Result<FwdDevice> open_device(const Machine& machine) {
  auto device = FwdDevice::open(machine.path(VHOST_VSOCK_FWD_DEVICE), machine.ioctl);
  if (!device) return device;
  const auto compatible = device->info().and_then(require_api_version);
  if (!compatible) return Failure(compatible.error());
  return device;
}

// rule add

Result<Reply> add(const Machine& machine, const NewRule& rule) {
  const auto device = open_device(machine);
  if (!device) return Failure(device.error());
  if (const auto added = device->rule_add(rule); !added) return Failure(added.error());
  return Reply{Json{{"guest_cid", rule.guest_cid},
                    {"from_cid", rule.from_cid},
                    {"to_cid", rule.to_cid},
                    {"persistent", rule.persistent}},
               {}};
}

Result<Action> parse_add(const Values& values) {
  const auto guest = parse_guest_cid(values.at("guest"));
  if (!guest) return Failure(guest.error());
  const auto from = parse_from_cid(values.contains("from") ? values.at("from") : "3", *guest);
  if (!from) return Failure(from.error());
  const auto target = parse_target_cid(values.at("to"));
  if (!target) return Failure(target.error());

  // The program is gone in a moment; the rule has to outlive it.
  const NewRule rule = {*guest, *from, *target, /*persistent=*/true};
  return [rule](const Machine& machine) { return add(machine, rule); };
}

// rule del, rule flush

Reply deleted(std::size_t count) {
  return {Json{{"deleted", count}}, {}};
}

Result<Reply> del(const Machine& machine, Cid guest) {
  const auto device = open_device(machine);
  if (!device) return Failure(device.error());
  if (const auto gone = device->rule_del(guest); !gone) return Failure(gone.error());
  return deleted(1);
}

Result<Action> parse_del(const Values& values) {
  const auto guest = parse_guest_cid(values.at("guest"));
  if (!guest) return Failure(guest.error());
  return [guest = *guest](const Machine& machine) { return del(machine, guest); };
}

Result<Reply> flush(const Machine& machine) {
  const auto device = open_device(machine);
  if (!device) return Failure(device.error());
  const auto rules = device->rules();
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

Result<Action> parse_flush(const Values& /*values*/) {
  return flush;
}

// rule show

std::string ports_of(const vhost_vsock_fwd_rule& rule) {
  if (rule.port_first == 0) return "every";
  if (rule.port_first == rule.port_last) return fmt::format("{}", rule.port_first);
  return fmt::format("{}-{}", rule.port_first, rule.port_last);
}

bool denies(const vhost_vsock_fwd_rule& rule) {
  return (rule.flags & VHOST_VSOCK_FWD_RULE_DENY) != 0;
}

std::string target_of(const vhost_vsock_fwd_rule& rule) {
  if (denies(rule)) return "nobody";
  if (rule.to_port == 0) return format_cid(rule.to_cid);
  return fmt::format("{}:{}", format_cid(rule.to_cid), rule.to_port);
}

bool is_persistent(const vhost_vsock_fwd_rule& rule) {
  return (rule.flags & VHOST_VSOCK_FWD_RULE_PERSIST) != 0;
}

Json json_of(const Rules& rules) {
  auto list = Json::array();
  for (const auto& rule : rules) {
    list.push_back({{"id", rule.id},
                    {"guest_cid", rule.guest_cid},
                    {"from_cid", rule.from_cid},
                    {"to_cid", rule.to_cid},
                    {"port_first", rule.port_first},
                    {"port_last", rule.port_last},
                    {"to_port", rule.to_port},
                    {"deny", denies(rule)},
                    {"persistent", is_persistent(rule)}});
  }
  return list;
}

std::string text_of(const Rules& rules) {
  static constexpr auto row = "{:<10}  {:<10}  {:<11}  {:<10}  {}\n";
  auto table = fmt::format(row, "GUEST", "FROM", "PORTS", "TO", "PERSISTENT");
  for (const auto& rule : rules) {
    fmt::format_to(std::back_inserter(table), row, rule.guest_cid, format_cid(rule.from_cid),
                   ports_of(rule), target_of(rule), is_persistent(rule) ? "yes" : "no");
  }
  return table;
}

Result<Reply> show(const Machine& machine, std::optional<Cid> guest) {
  const auto device = open_device(machine);
  if (!device) return Failure(device.error());
  auto rules = device->rules();
  if (!rules) return Failure(rules.error());

  if (guest) std::erase_if(*rules, [&](const auto& rule) { return rule.guest_cid != *guest; });
  std::ranges::stable_sort(*rules, {}, &vhost_vsock_fwd_rule::guest_cid);
  return Reply{json_of(*rules), text_of(*rules)};
}

Result<Action> parse_show(const Values& values) {
  std::optional<Cid> filter;
  if (values.contains("guest")) {
    const auto guest = parse_guest_cid(values.at("guest"));
    if (!guest) return Failure(guest.error());
    filter = *guest;
  }
  return [filter](const Machine& machine) { return show(machine, filter); };
}

constexpr std::array add_keywords = {
    Keyword{"guest", "CID", "", true, "the guest that gets the rule; it need not run yet"},
    Keyword{"from", "CID", "parent", false, "the CID that the guest uses; 3 (parent) if not given"},
    Keyword{"to", "host|CID", "host", true, "what the guest reaches there"},
};

constexpr std::array del_keywords = {
    Keyword{"guest", "CID", "", true, "the guest that loses its rule"},
};

constexpr std::array show_keywords = {
    Keyword{"guest", "CID", "", false, "show the rule of this guest only"},
};

constexpr std::array commands = {
    Command{"show", show_keywords, "list the rules, sorted by guest", parse_show},
    Command{"add", add_keywords, "add a rule, which stays until it is deleted", parse_add},
    Command{"del", del_keywords, "delete the rule of a guest", parse_del},
    Command{"flush", {}, "delete all rules", parse_flush},
};

}  // namespace

Object rule_object() {
  return {"rule", "which guests reach the host under another CID", commands};
}

}  // namespace vsockfwd
