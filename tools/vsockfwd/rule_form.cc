// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/rule_form.h"

#include <fmt/format.h>

namespace vsockfwd {
namespace {

/// Reads what stands in for the first of the rule's ports at the target.
Result<Port> parse_to_port(std::string_view word, PortRange ports) {
  const auto port = parse_port(word);
  if (!port) return port;
  if (ports != every_port) {
    return ports_from(*port, ports).map([](PortRange there) { return there.first; });
  }
  return Failure(Error{fmt::format("port {:?} of the target stands for no port of the guest", word),
                       fmt::format("say for which: port {} to ... port {}", word, word)});
}

/// null for 0, which stands for none.
Json number_or_null(std::uint32_t number) {
  return number == 0 ? Json(nullptr) : Json(number);
}

}  // namespace

Result<PortRange> parse_rule_ports(const Values& values) {
  const auto word = values.find("port");
  return word ? parse_ports(*word) : every_port;
}

Result<Rule> parse_rule(const Values& values) {
  Rule rule = {.persistent = true, .deny = values.find("deny").has_value()};
  const auto guest = parse_guest_cid(values.at("guest"));
  if (!guest) return Failure(guest.error());
  rule.guest_cid = *guest;

  const auto from = parse_from_cid(values.find("from").value_or("3"), *guest);
  if (!from) return Failure(from.error());
  rule.from_cid = *from;

  const auto ports = parse_rule_ports(values);
  if (!ports) return Failure(ports.error());
  rule.ports = *ports;

  if (rule.deny) {
    rule.to_cid = 0;
    return rule;
  }
  const auto target = parse_target_cid(values.at("to"), *guest);
  if (!target) return Failure(target.error());
  rule.to_cid = *target;

  if (const auto word = values.find("port", "to")) {
    const auto port = parse_to_port(*word, *ports);
    if (!port) return Failure(port.error());
    rule.to_port = *port;
  }
  return rule;
}

std::string describe_rule(const Rule& rule) {
  const auto ports =
      rule.ports == every_port ? std::string() : fmt::format(" port {}", format_ports(rule.ports));
  const auto target = rule.deny ? "deny" : fmt::format("to {}", format_target(rule));
  return fmt::format("guest {} from {}{} {}", rule.guest_cid, rule.from_cid, ports, target);
}

std::string format_rule(const Rule& rule) {
  return "rule add " + describe_rule(rule);
}

std::string format_target(const Rule& rule) {
  if (rule.deny) return "deny";
  const auto target = format_cid(rule.to_cid);
  return rule.to_port == 0 ? target : fmt::format("{} port {}", target, rule.to_port);
}

Json json_of(const Rule& rule) {
  return {{"guest_cid", rule.guest_cid},
          {"from_cid", rule.from_cid},
          {"port_first", number_or_null(rule.ports.first)},
          {"port_last", number_or_null(rule.ports.last)},
          {"action", rule.deny ? "deny" : "forward"},
          {"to_cid", number_or_null(rule.to_cid)},
          {"to_port", number_or_null(rule.to_port)},
          {"persistent", rule.persistent}};
}

}  // namespace vsockfwd
