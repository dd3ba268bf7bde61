// SPDX-License-Identifier: GPL-2.0
#include "common/pattern.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace vsockfwd::programs {
namespace {

std::vector<std::byte> make(std::uint64_t seed, std::uint64_t offset, std::size_t size) {
  std::vector<std::byte> bytes(size);
  Pattern(seed).fill(offset, bytes);
  return bytes;
}

TEST(Pattern, IsTheSameInWhateverPiecesItIsMade) {
  const auto whole = make(1, 0, 100);
  for (std::size_t start = 0; start < 20; ++start) {
    for (std::size_t size = 0; size < 20; ++size) {
      const auto part = make(1, start, size);
      const auto first = whole.begin() + static_cast<std::ptrdiff_t>(start);
      EXPECT_TRUE(std::equal(part.begin(), part.end(), first)) << start << "+" << size;
    }
  }
}

TEST(Pattern, DiffersBySeedAndOffset) {
  EXPECT_NE(make(1, 0, 64), make(2, 0, 64));
  for (std::uint64_t shift = 1; shift < 64; ++shift) EXPECT_NE(make(1, 0, 64), make(1, shift, 64));
}

TEST(MessageShape, KeepsItsBoundsAndVaries) {
  std::size_t longest = 0;
  std::size_t shortest = max_message;
  int records = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const auto shape = message_shape(1, i);
    ASSERT_GE(shape.length, 1U);
    ASSERT_LE(shape.length, max_message);
    longest = std::max(longest, shape.length);
    shortest = std::min(shortest, shape.length);
    if (shape.end_of_record) ++records;
  }
  EXPECT_GT(longest, max_message / 2);
  EXPECT_LT(shortest, 100U);
  EXPECT_GT(records, 300);
  EXPECT_LT(records, 700);
}

}  // namespace
}  // namespace vsockfwd::programs
