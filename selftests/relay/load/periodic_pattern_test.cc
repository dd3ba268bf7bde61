// SPDX-License-Identifier: GPL-2.0
#include "relay/load/periodic_pattern.h"

#include <gtest/gtest.h>

namespace vsockfwd::relay_load {
namespace {

std::vector<std::byte> copy(std::span<const std::byte> bytes) {
  return {bytes.begin(), bytes.end()};
}

TEST(PeriodicPattern, RepeatsAcrossThePeriod) {
  const PeriodicPattern pattern;
  const auto end = PeriodicPattern::period - 8;
  EXPECT_EQ(copy(pattern.at(end).subspan(8, 100)), copy(pattern.at(0).first(100)));
  EXPECT_TRUE(pattern.matches(PeriodicPattern::period + 5, pattern.at(5), Check::every_byte));
}

TEST(PeriodicPattern, SeesWhatIsLostOrMoved) {
  const PeriodicPattern pattern;
  for (const std::size_t lost : {1UL, 64UL, 8192UL, 65536UL, 262144UL, 1048576UL}) {
    EXPECT_FALSE(pattern.matches(lost, pattern.at(0), Check::start_of_pieces)) << lost;
  }
}

TEST(PeriodicPattern, SeesOneWrongByteIfAskedToLookAtAll) {
  const PeriodicPattern pattern;
  auto piece = copy(pattern.at(0));
  piece.back() ^= std::byte{1};
  EXPECT_TRUE(pattern.matches(0, piece, Check::start_of_pieces));
  EXPECT_FALSE(pattern.matches(0, piece, Check::every_byte));
}

}  // namespace
}  // namespace vsockfwd::relay_load
