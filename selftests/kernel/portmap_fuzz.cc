// SPDX-License-Identifier: GPL-2.0
// Fuzzes which of a guest's rules decides about a port, against the sentence in the manual: the one
// with the fewest ports.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <limits>
#include <memory>
#include <vector>

#include "lib/fuzzing.h"

extern "C" {
#include "portmap.h"
#include "rule.h"
}

namespace vsockfwd {
namespace {

constexpr std::uint32_t last_port = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t rules_max = 64;

struct Free {
  void operator()(fwd_portmap* map) const { std::free(map); }
};

bool holds(const fwd_rule& rule, std::uint32_t port) {
  return rule.first <= port && port <= rule.last;
}

bool is_inside(const fwd_rule& inner, const fwd_rule& outer) {
  return holds(outer, inner.first) && holds(outer, inner.last);
}

/// Whether the module would take both: they have no port in common, or one holds the other.
bool agree(const fwd_rule& a, const fwd_rule& b) {
  if (a.last < b.first || b.last < a.first) return true;
  return is_inside(a, b) != is_inside(b, a);
}

/// Few ports, so that ranges meet, and the ends of the scale.
std::uint32_t take_port(FuzzedDataProvider& input) {
  const auto port = input.ConsumeIntegral<std::uint8_t>();
  return port < 0xe0 ? port : last_port - (0xffU - port);
}

class Rules {
 public:
  explicit Rules(FuzzedDataProvider& input) {
    INIT_LIST_HEAD(&list_);
    while (input.remaining_bytes() > 0 && rules_.size() < rules_max) add(input);
  }

  list_head* list() { return &list_; }
  const fwd_rule* oldest() const { return rules_.empty() ? nullptr : &rules_.front(); }

  /// Ports at which the decision may change, and those beside them.
  std::vector<std::uint32_t> interesting_ports() const {
    std::vector<std::uint32_t> ports{0, 1, last_port - 1, last_port};
    for (const auto& rule : rules_) {
      for (const auto port : {rule.first, rule.last}) {
        for (const auto near : {port - 1, port, port + 1}) ports.push_back(near);
      }
    }
    return ports;
  }

  const fwd_rule* deciding(std::uint32_t port) const {
    const fwd_rule* best = nullptr;
    for (const auto& rule : rules_) {
      if (!holds(rule, port)) continue;
      if (best == nullptr || is_inside(rule, *best)) best = &rule;
    }
    return best;
  }

 private:
  void add(FuzzedDataProvider& input) {
    fwd_rule rule{};
    rule.first = take_port(input);
    rule.last = take_port(input);
    if (rule.first > rule.last) std::swap(rule.first, rule.last);
    if (!std::ranges::all_of(rules_, [&](const auto& other) { return agree(rule, other); })) return;
    list_add_tail(&rules_.emplace_back(rule).of_guest, &list_);
  }

  std::deque<fwd_rule> rules_;
  list_head list_{};
};

void try_rules(FuzzedDataProvider& input) {
  Rules rules(input);
  const std::unique_ptr<fwd_portmap, Free> map(fwd_portmap_alloc(rules.list(), GFP_KERNEL_ACCOUNT));
  require(map != nullptr && map->oldest == rules.oldest());
  for (std::uint32_t i = 1; i < map->count; ++i) {
    require(map->entries[i - 1].first < map->entries[i].first);
    require(map->entries[i - 1].rule != map->entries[i].rule);
  }
  for (const auto port : rules.interesting_ports()) {
    require(fwd_portmap_find(map.get(), port) == rules.deciding(port));
  }
}

}  // namespace
}  // namespace vsockfwd

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  vsockfwd::try_rules(input);
  return 0;
}
