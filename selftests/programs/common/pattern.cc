// SPDX-License-Identifier: GPL-2.0
#include "common/pattern.h"

#include <algorithm>
#include <array>
#include <bit>

namespace vsockfwd::programs {
namespace {

/// A number that looks random and depends on every bit of both arguments (the finalizer of
/// SplitMix64).
std::uint64_t mix(std::uint64_t seed, std::uint64_t index) {
  std::uint64_t value = seed + (index + 1) * 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

}  // namespace

void Pattern::fill(std::uint64_t offset, std::span<std::byte> out) const {
  constexpr std::size_t block_size = sizeof(std::uint64_t);
  while (!out.empty()) {
    const auto block =
        std::bit_cast<std::array<std::byte, block_size>>(mix(seed_, offset / block_size));
    const auto skip = static_cast<std::size_t>(offset % block_size);
    const std::size_t length = std::min(out.size(), block_size - skip);
    std::copy_n(block.begin() + static_cast<std::ptrdiff_t>(skip), length, out.begin());
    out = out.subspan(length);
    offset += length;
  }
}

MessageShape message_shape(std::uint64_t seed, std::uint64_t index) {
  // Other numbers than those of the contents.
  const std::uint64_t random = mix(~seed, index);
  // Most messages are short, some are as long as can be.
  const std::size_t longest = max_message >> (random % 8);
  return {.length = 1 + static_cast<std::size_t>((random >> 8) % longest),
          .end_of_record = (random >> 63) != 0};
}

}  // namespace vsockfwd::programs
