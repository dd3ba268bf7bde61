// SPDX-License-Identifier: GPL-2.0
#include "guest/credit.h"

#include <gtest/gtest.h>

namespace vsockfwd::guest {
namespace {

TEST(SendCredit, HasNothingBeforeThePeerSpeaks) {
  EXPECT_EQ(SendCredit().available(), 0);
}

TEST(SendCredit, ShrinksWithWhatIsSentAndGrowsWithWhatThePeerForwards) {
  SendCredit credit;
  credit.update(100, 0);
  EXPECT_EQ(credit.available(), 100);
  credit.spend(70);
  EXPECT_EQ(credit.available(), 30);
  credit.spend(30);
  EXPECT_EQ(credit.available(), 0);
  credit.update(100, 40);
  EXPECT_EQ(credit.available(), 40);
}

TEST(SendCredit, IsNothingWhenThePeersBufferShrinksBelowWhatItHolds) {
  SendCredit credit;
  credit.update(100, 0);
  credit.spend(80);
  credit.update(50, 0);
  EXPECT_EQ(credit.available(), 0);
  credit.update(50, 80);
  EXPECT_EQ(credit.available(), 50);
}

TEST(SendCredit, SurvivesTheWrapOfItsCounters) {
  constexpr std::uint32_t step = 0x60000000;
  SendCredit credit;
  std::uint32_t forwarded = 0;
  for (int i = 0; i < 8; ++i) {
    credit.update(step + 1, forwarded);
    ASSERT_EQ(credit.available(), step + 1);
    credit.spend(step);
    ASSERT_EQ(credit.available(), 1);
    forwarded += step;
  }
}

TEST(ReceiveCredit, RefusesMoreThanThereIsRoomFor) {
  ReceiveCredit credit(100);
  EXPECT_FALSE(credit.receive(101));
  EXPECT_TRUE(credit.receive(60));
  EXPECT_FALSE(credit.receive(41));
  EXPECT_TRUE(credit.receive(40));
  EXPECT_FALSE(credit.receive(1));
  credit.forward(10);
  EXPECT_FALSE(credit.receive(11));
  EXPECT_TRUE(credit.receive(10));
}

TEST(ReceiveCredit, IsWorthTellingWhenHalfOfTheBufferIsFreeWithoutThePeerKnowing) {
  ReceiveCredit credit(100);
  ASSERT_TRUE(credit.receive(100));
  credit.forward(49);
  EXPECT_FALSE(credit.worth_telling());
  credit.forward(1);
  EXPECT_TRUE(credit.worth_telling());
  EXPECT_EQ(credit.fwd_cnt(), 50);
  credit.told();
  EXPECT_FALSE(credit.worth_telling());
}

TEST(ReceiveCredit, SurvivesTheWrapOfItsCounters) {
  ReceiveCredit credit(0xffffffff);
  for (std::uint32_t i = 1; i <= 8; ++i) {
    ASSERT_TRUE(credit.receive(0x60000000));
    credit.forward(0x60000000);
    ASSERT_EQ(credit.fwd_cnt(), i * 0x60000000U);
  }
}

}  // namespace
}  // namespace vsockfwd::guest
