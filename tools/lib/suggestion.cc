// SPDX-License-Identifier: Apache-2.0
#include "lib/suggestion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace vsockfwd {
namespace {

/// How many letters must be added, removed or replaced to turn one word into the other.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (const char letter : from) {
    std::size_t diagonal = row[0]++;
    for (std::size_t i = 0; i < to.size(); ++i) {
      const auto replaced = diagonal + (letter == to[i] ? 0 : 1);
      diagonal = row[i + 1];
      row[i + 1] = std::min({replaced, row[i] + 1, row[i + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string suggest(std::string_view word, const std::vector<std::string>& known) {
  // Enough for two letters that changed places in a short word; more is no slip of the keyboard.
  const auto tolerance = 1 + word.size() / 3;
  std::string_view best;
  std::size_t best_distance = tolerance + 1;
  for (const std::string_view candidate : known) {
    // The lengths alone may rule it out, which bounds the work for words of any length.
    const auto [shorter, longer] = std::minmax({word.size(), candidate.size()});
    if (longer - shorter >= best_distance) continue;
    if (const auto d = distance(word, candidate); d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  }
  if (best.empty()) return fmt::format("one of: {}", fmt::join(known, ", "));
  return fmt::format("did you mean {:?}?", best);
}

}  // namespace vsockfwd
