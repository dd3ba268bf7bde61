// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/rule_set.h"

#include <fmt/format.h>
#include <linux/vhost_vsock_fwd.h>

#include <utility>

namespace vsockfwd {
namespace {

/// Why two rules of one guest cannot exist together; empty if they can.
std::string find_conflict(const Rule& one, const Rule& other) {
  if (one.from_cid != other.from_cid) {
    return fmt::format("\"from\" is {} and {}", one.from_cid, other.from_cid);
  }
  if (!one.deny && !other.deny && one.to_cid != other.to_cid) {
    return fmt::format("the target is {} and {}", format_cid(one.to_cid), format_cid(other.to_cid));
  }
  const auto ports = format_ports(one.ports);
  if (one.ports == other.ports) return fmt::format("both are for the ports {}", ports);
  const bool partly = overlap(one.ports, other.ports) && !contains(one.ports, other.ports) &&
                      !contains(other.ports, one.ports);
  if (!partly) return {};
  return fmt::format("the ports {} and {} overlap in part", ports, format_ports(other.ports));
}

}  // namespace

Result<void> RuleSet::add(const Rule& rule, std::string place) {
  auto& of_guest = rules_[rule.guest_cid];
  for (const auto& [other, other_place] : of_guest) {
    const auto conflict = find_conflict(other, rule);
    if (conflict.empty()) continue;
    return Failure(
        Error{fmt::format("this rule of guest \"{}\" contradicts the one {}: {}", rule.guest_cid,
                          other_place, conflict),
              "all rules of a guest agree in \"from\", and those that do not deny in their target; "
              "their ports may lie inside each other, but not overlap in part"});
  }
  if (of_guest.size() == VHOST_VSOCK_FWD_GUEST_RULES_MAX) {
    return Failure(Error{fmt::format("guest \"{}\" has more than {} rules", rule.guest_cid,
                                     VHOST_VSOCK_FWD_GUEST_RULES_MAX),
                         "use ranges of ports"});
  }
  of_guest.push_back({rule, std::move(place)});
  ++size_;
  return {};
}

}  // namespace vsockfwd
