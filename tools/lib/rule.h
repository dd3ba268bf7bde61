// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_RULE_H
#define VSOCKFWD_LIB_RULE_H

#include <tuple>

#include "lib/cid.h"
#include "lib/port.h"

namespace vsockfwd {

/// What a rule says, apart from the number that the module gives it.
struct Rule {
  /// The guest that the rule is for: first_guest_cid to last_guest_cid.
  Cid guest_cid = 0;
  /// The CID that stands for the target in the guest's eyes: the same range, other than guest_cid.
  Cid from_cid = parent_cid;
  /// The target; 0 in a rule that denies.
  Cid to_cid = host_cid;
  /// Whether the rule stays when the device that added it is closed.
  bool persistent = false;
  /// The ports at from_cid that the rule is for.
  PortRange ports = every_port;
  /// The port at the target that stands for the first of `ports`, and so on in order; 0 if the
  /// ports stay as they are.
  Port to_port = 0;
  /// Whether connections that match are refused.
  bool deny = false;

  bool operator==(const Rule&) const = default;
};

/// What no two rules have in common: the guest, and the first and the last port. In this order
/// people expect rules.
using RulePlace = std::tuple<Cid, Port, Port>;

inline RulePlace place_of(const Rule& rule) {
  return {rule.guest_cid, rule.ports.first, rule.ports.last};
}

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_RULE_H
