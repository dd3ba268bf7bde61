// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/fair_queue.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace vsockfwd::qgs {
namespace {

using testing::ElementsAre;

/// A queue whose requests are letters: the guest's, in any number.
class FairQueueTest : public testing::Test {
 protected:
  Job& push(const std::string& guest) {
    auto job = make(guest);
    auto& pushed = *job;
    queue_.push(std::move(job));
    return pushed;
  }

  std::unique_ptr<Job> make(const std::string& guest) {
    auto job = std::make_unique<Job>();
    job->guest = guests_.find(guest, TimePoint());
    return job;
  }

  std::vector<std::string> pop_all() {
    std::vector<std::string> order;
    while (!queue_.empty()) order.push_back(queue_.pop()->guest->name);
    return order;
  }

  GuestTable guests_;
  FairQueue queue_;
};

TEST_F(FairQueueTest, GuestsTakeTurns) {
  for (int i = 0; i < 3; ++i) push("a");
  push("b");
  for (int i = 0; i < 2; ++i) push("c");
  EXPECT_EQ(queue_.size(), 6U);
  EXPECT_THAT(pop_all(), ElementsAre("a", "b", "c", "a", "c", "a"));
}

TEST_F(FairQueueTest, WhoComesLateWaitsForNoneOfTheQueueInFront) {
  for (int i = 0; i < 100; ++i) push("flood");
  queue_.pop();
  push("victim");
  EXPECT_EQ(queue_.pop()->guest->name, "victim");
}

TEST_F(FairQueueTest, WhoWasServedLatelyIsNotServedFirstForHavingLeft) {
  // Each has one request at a time, and comes back as soon as it is served.
  push("old");
  push("quick");
  EXPECT_EQ(queue_.pop()->guest->name, "old");
  EXPECT_EQ(queue_.pop()->guest->name, "quick");
  push("quick");
  push("old");
  push("new");
  EXPECT_THAT(pop_all(), ElementsAre("new", "old", "quick"));
}

TEST_F(FairQueueTest, WhatIsPutBackIsTheNextOfItsGuest) {
  auto& first = push("a");
  push("a");
  auto job = queue_.pop();
  ASSERT_EQ(job.get(), &first);
  queue_.push_front(std::move(job));
  EXPECT_EQ(queue_.size(), 2U);
  EXPECT_EQ(queue_.pop().get(), &first);
}

TEST_F(FairQueueTest, RemovesOne) {
  auto& removed = push("a");
  push("b");
  EXPECT_EQ(queue_.remove(removed).get(), &removed);
  EXPECT_EQ(queue_.remove(*make("b")), nullptr);
  EXPECT_THAT(pop_all(), ElementsAre("b"));
}

TEST(TakeToken, AllowsSoManyASecondInBursts) {
  Guest guest;
  const TimePoint start{std::chrono::hours(1)};
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(take_token(guest, 5, start));
  EXPECT_FALSE(take_token(guest, 5, start));
  EXPECT_FALSE(take_token(guest, 5, start + std::chrono::milliseconds(199)));
  EXPECT_TRUE(take_token(guest, 5, start + std::chrono::milliseconds(201)));
  const auto later = start + std::chrono::minutes(1);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(take_token(guest, 5, later));
  EXPECT_FALSE(take_token(guest, 5, later));
}

TEST(GuestTable, ForgetsThoseThatNobodySees) {
  GuestTable guests;
  const TimePoint start{std::chrono::hours(1)};
  const auto kept = guests.find("kept", start);
  guests.find("left", start)->counters.answered = 3;
  guests.forget(start + std::chrono::minutes(9));
  EXPECT_EQ(guests.all().size(), 2U);
  guests.forget(start + std::chrono::minutes(11));
  EXPECT_EQ(guests.all().size(), 1U);
  EXPECT_EQ(guests.total().answered, 3U);
}

}  // namespace
}  // namespace vsockfwd::qgs
