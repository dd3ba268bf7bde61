// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_RULE_SET_H
#define VSOCKFWD_VSOCKFWD_RULE_SET_H

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "lib/result.h"
#include "lib/rule.h"

namespace vsockfwd {

/// Rules that can exist together. What the module would refuse is refused here before anything is
/// done, and with the place of both rules that do not go together.
class RuleSet {
 public:
  /// Adds a rule that is found at `place`. Fails if it does not go together with those of its guest
  /// that are there already.
  Result<void> add(const Rule& rule, std::string place);

  /// How many rules there are.
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct PlacedRule {
    Rule rule;
    std::string place;
  };

  std::map<Cid, std::vector<PlacedRule>> rules_;
  std::size_t size_ = 0;
};

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_RULE_SET_H
