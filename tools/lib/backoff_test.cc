// SPDX-License-Identifier: Apache-2.0
#include "lib/backoff.h"

#include <gtest/gtest.h>

namespace vsockfwd {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, DoublesUpToTheLongest) {
  Backoff backoff(milliseconds(100), milliseconds(350));
  for (const int expected : {100, 200, 350, 350}) {
    const auto pause = backoff.next();
    EXPECT_LE(pause, milliseconds(expected));
    EXPECT_GE(pause, milliseconds(expected * 4 / 5));
  }
  backoff.reset();
  EXPECT_LE(backoff.next(), milliseconds(100));
}

TEST(Backoff, IsNotTheSameForEverybody) {
  bool different = false;
  for (int i = 0; i < 100; ++i) {
    Backoff one(milliseconds(1000), milliseconds(1000));
    Backoff other(milliseconds(1000), milliseconds(1000));
    different = different || one.next() != other.next();
  }
  EXPECT_TRUE(different);
}

TEST(Backoff, NeverPausesLongerThanTheLongest) {
  Backoff backoff(milliseconds(1000), milliseconds(10));
  EXPECT_LE(backoff.next(), milliseconds(10));
}

}  // namespace
}  // namespace vsockfwd
