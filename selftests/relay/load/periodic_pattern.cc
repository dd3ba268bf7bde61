// SPDX-License-Identifier: GPL-2.0
#include "relay/load/periodic_pattern.h"

#include <algorithm>
#include <cstring>

#include "common/pattern.h"

namespace vsockfwd::relay_load {
namespace {

constexpr std::uint64_t seed = 1;
constexpr std::size_t start_length = 16;

}  // namespace

PeriodicPattern::PeriodicPattern() : bytes_(period + max_piece) {
  programs::Pattern(seed).fill(0, std::span(bytes_).first(period));
  std::copy_n(bytes_.begin(), max_piece, bytes_.begin() + period);
}

bool PeriodicPattern::matches(std::uint64_t offset, std::span<const std::byte> piece,
                              Check check) const {
  const std::size_t length =
      check == Check::every_byte ? piece.size() : std::min(piece.size(), start_length);
  return std::memcmp(at(offset).data(), piece.data(), length) == 0;
}

}  // namespace vsockfwd::relay_load
