// SPDX-License-Identifier: GPL-2.0
#include "relay/load/latency.h"

#include <gtest/gtest.h>

namespace vsockfwd::relay_load {
namespace {

TEST(Latency, TellsPercentilesInMicroseconds) {
  Latency latency;
  for (int i = 100; i > 0; --i) latency.add(std::chrono::microseconds(i));
  EXPECT_DOUBLE_EQ(latency.percentile(0.5), 50);
  EXPECT_DOUBLE_EQ(latency.percentile(0.99), 99);
  EXPECT_DOUBLE_EQ(latency.percentile(1), 100);
}

TEST(Latency, OfOneIsThat) {
  Latency latency;
  latency.add(std::chrono::nanoseconds(1500));
  EXPECT_DOUBLE_EQ(latency.percentile(0.01), 1.5);
  EXPECT_DOUBLE_EQ(latency.percentile(0.99), 1.5);
}

}  // namespace
}  // namespace vsockfwd::relay_load
