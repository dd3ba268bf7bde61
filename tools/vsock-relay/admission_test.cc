// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/admission.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace vsockfwd::relay {
namespace {

class CountingWaiter final : public Admission::Waiter {
 public:
  void wake() override { ++woken; }
  int woken = 0;
};

const PeerKey peer{AF_VSOCK, 16};

TEST(Admission, GivesPlacesBackToTheFirstWhoWaits) {
  Admission admission({.max_connections = 1});
  CountingWaiter inside;
  CountingWaiter first;
  CountingWaiter second;
  EXPECT_TRUE(admission.enter(inside).granted);
  EXPECT_TRUE(admission.full());
  EXPECT_FALSE(admission.enter(first).granted);
  EXPECT_FALSE(admission.enter(second).granted);

  admission.leave();
  EXPECT_EQ(first.woken, 1);
  EXPECT_EQ(second.woken, 0);
  // The place is kept for the first, whoever asks now.
  EXPECT_FALSE(admission.enter(second).granted);
  EXPECT_FALSE(admission.enter(inside).granted);
  EXPECT_TRUE(admission.enter(first).granted);
}

TEST(Admission, APlaceThatNobodyCameForIsTheNextOnes) {
  Admission admission({.max_connections = 1});
  CountingWaiter inside;
  CountingWaiter first;
  CountingWaiter second;
  EXPECT_TRUE(admission.enter(inside).granted);
  EXPECT_FALSE(admission.enter(first).granted);
  EXPECT_FALSE(admission.enter(second).granted);
  admission.leave();
  EXPECT_TRUE(admission.enter(first).granted);
  admission.cancel();
  EXPECT_EQ(second.woken, 1);
  EXPECT_TRUE(admission.enter(second).granted);
}

TEST(Admission, WhoForgetsMakesWay) {
  Admission admission({.max_connections = 1});
  CountingWaiter inside;
  CountingWaiter first;
  CountingWaiter second;
  EXPECT_TRUE(admission.enter(inside).granted);
  EXPECT_FALSE(admission.enter(first).granted);
  EXPECT_FALSE(admission.enter(second).granted);
  admission.leave();
  admission.forget(first);
  EXPECT_EQ(second.woken, 1);
  EXPECT_TRUE(admission.enter(second).granted);
}

TEST(Admission, CountsPeers) {
  Admission admission({.max_connections = 10, .max_connections_per_peer = 2});
  CountingWaiter watcher;
  admission.watch_peers(watcher);
  EXPECT_TRUE(admission.enter_peer(peer));
  EXPECT_TRUE(admission.enter_peer(peer));
  EXPECT_FALSE(admission.enter_peer(peer));
  EXPECT_TRUE(admission.enter_peer({AF_VSOCK, 17}));
  admission.leave_peer(peer);
  EXPECT_EQ(watcher.woken, 1);
  EXPECT_TRUE(admission.enter_peer(peer));
}

TEST(Admission, KeepsTheRate) {
  Admission admission({.max_connections = 100, .max_rate = 2});
  CountingWaiter waiter;
  EXPECT_TRUE(admission.enter(waiter).granted);
  EXPECT_TRUE(admission.enter(waiter).granted);
  const auto verdict = admission.enter(waiter);
  EXPECT_FALSE(verdict.granted);
  ASSERT_TRUE(verdict.retry_after);
  EXPECT_GT(*verdict.retry_after, milliseconds(300));
  EXPECT_LE(*verdict.retry_after, milliseconds(501));
  // What nobody came for does not count.
  admission.cancel();
  EXPECT_TRUE(admission.enter(waiter).granted);
}

TEST(Admission, TellsOnceWhenItIsEmpty) {
  Admission admission({.max_connections = 10});
  CountingWaiter waiter;
  EXPECT_TRUE(admission.enter(waiter).granted);
  int told = 0;
  admission.when_empty([&] { ++told; });
  EXPECT_EQ(told, 0);
  admission.leave();
  EXPECT_EQ(told, 1);
  EXPECT_TRUE(admission.enter(waiter).granted);
  admission.leave();
  EXPECT_EQ(told, 1);
  admission.when_empty([&] { ++told; });
  EXPECT_EQ(told, 2);
}

TEST(Admission, NewLimitsWakeThoseWhoWait) {
  Admission admission({.max_connections = 1});
  CountingWaiter inside;
  CountingWaiter first;
  EXPECT_TRUE(admission.enter(inside).granted);
  EXPECT_FALSE(admission.enter(first).granted);
  admission.set_limits({.max_connections = 2});
  EXPECT_EQ(first.woken, 1);
  EXPECT_TRUE(admission.enter(first).granted);
}

TEST(Admission, IsNeverFullerThanItsLimitWithManyThreads) {
  Admission admission({.max_connections = 3});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      CountingWaiter waiter;
      for (int round = 0; round < 10'000; ++round) {
        if (!admission.enter(waiter).granted) continue;
        EXPECT_LE(admission.inside(), 3U);
        admission.leave();
      }
      admission.forget(waiter);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(admission.inside(), 0U);
}

}  // namespace
}  // namespace vsockfwd::relay
