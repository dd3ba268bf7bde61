// SPDX-License-Identifier: Apache-2.0
#include "lib/timer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace vsockfwd {
namespace {

using std::chrono::milliseconds;

TimePoint at(int time) {
  return TimePoint(milliseconds(time));
}

/// Calls a function.
class TestTimer final : public Timer {
 public:
  explicit TestTimer(std::function<void()> fire) : fire_(std::move(fire)) {}

 private:
  void on_timer() override { fire_(); }

  std::function<void()> fire_;
};

TEST(TimerQueue, FiresOnceAndInOrder) {
  TimerQueue queue;
  std::vector<int> fired;
  TestTimer late([&] { fired.push_back(2); });
  TestTimer early([&] { fired.push_back(1); });
  queue.arm(late, at(20));
  queue.arm(early, at(10));
  EXPECT_EQ(queue.next(), at(10));

  queue.run(at(9));
  EXPECT_TRUE(fired.empty());
  queue.run(at(25));
  EXPECT_EQ(fired, (std::vector{1, 2}));
  EXPECT_FALSE(queue.next());
  EXPECT_FALSE(early.armed());
}

TEST(TimerQueue, MayBeUsedByWhatItFires) {
  TimerQueue queue;
  int fired = 0;
  TestTimer other([&] { fired += 100; });
  TestTimer repeating([&] {
    ++fired;
    queue.disarm(other);
    if (fired < 3) queue.arm(repeating, at(fired));
  });
  queue.arm(repeating, at(0));
  queue.arm(other, at(0));
  queue.run(at(10));
  EXPECT_EQ(fired % 100, 3);
}

/// Against a sorted list.
RC_GTEST_PROP(TimerQueue, FiresLikeASortedList,
              (const std::vector<std::pair<std::uint8_t, std::uint8_t>>& steps)) {
  TimerQueue queue;
  std::vector<std::size_t> fired;
  std::deque<TestTimer> timers;
  for (std::size_t i = 0; i < 16; ++i) timers.emplace_back([&fired, i] { fired.push_back(i); });

  std::map<std::size_t, int> expected;
  for (const auto& [which, time] : steps) {
    const std::size_t i = which % timers.size();
    if (time % 4 == 0) {
      queue.disarm(timers[i]);
      expected.erase(i);
    } else {
      queue.arm(timers[i], at(time));
      expected[i] = time;
    }
  }
  for (int now = 0; now <= 255; ++now) {
    queue.run(at(now));
    std::vector<std::size_t> due;
    for (const auto& [i, time] : expected) {
      if (time == now) due.push_back(i);
    }
    std::ranges::sort(fired);
    RC_ASSERT(fired == due);
    fired.clear();
  }
}

}  // namespace
}  // namespace vsockfwd
