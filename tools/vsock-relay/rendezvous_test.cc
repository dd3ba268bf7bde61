// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/rendezvous.h"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include "vsock-relay/test_peers.h"

namespace vsockfwd::relay::test {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds a_while{100};

Listener listener() {
  return {.address = TcpAddress{"127.0.0.1", 0}, .options = {}, .allow = {}};
}

Dialer dialer(const Address& target) {
  return {.targets = {target},
          .attempts = 1,
          .backoff = milliseconds(20),
          .backoff_max = milliseconds(100)};
}

TEST(ListenListen, JoinsTheTwoSides) {
  RunningRelay relay(make_pair(listener(), listener()));
  auto source = relay.connect(0, 0);
  EXPECT_TRUE(eventually([&] { return relay.status().waiting == 1; }));
  auto destination = relay.connect(0, 1);
  EXPECT_TRUE(eventually([&] { return relay.status().active == 1; }));
  EXPECT_EQ(relay.status().waiting, 0U);

  source.send("forward");
  EXPECT_EQ(destination.receive(7), "forward");
  destination.send("back");
  EXPECT_EQ(source.receive(4), "back");
  source.close();
  EXPECT_EQ(destination.wait_for_end(), Ending::orderly);
  destination.close();
  EXPECT_TRUE(eventually([&] { return relay.counters().closed == 1; }));
  EXPECT_EQ(relay.counters().bytes_forward, 7U);
}

TEST(ListenListen, JoinsInTheOrderOfArrival) {
  RunningRelay relay(std::vector{make_pair(listener(), listener())}, 2);
  std::vector<Stream> sources;
  std::vector<Stream> destinations;
  for (std::size_t i = 0; i < 4; ++i) {
    sources.push_back(relay.connect(0, 0));
    EXPECT_TRUE(eventually([&] { return relay.counters().accepted == i + 1; }));
  }
  for (std::size_t i = 0; i < 4; ++i) {
    destinations.push_back(relay.connect(0, 1));
    EXPECT_TRUE(eventually([&] { return relay.status().active == i + 1; }));
  }
  for (std::size_t i = 0; i < 4; ++i) {
    sources[i].send(std::to_string(i));
    EXPECT_EQ(destinations[i].receive(1), std::to_string(i));
  }
}

TEST(ListenListen, DropsWhatWasSentBeforeThePartnerCame) {
  RunningRelay relay(make_pair(listener(), listener()));
  auto source = relay.connect(0, 0);
  // More than the kernel keeps for a relay that does not read.
  source.send(pattern(20'000'000));
  EXPECT_TRUE(eventually([&] { return relay.status().waiting == 1; }));
  EXPECT_TRUE(eventually([&] { return source.all_is_delivered(); }));
  auto destination = relay.connect(0, 1);
  EXPECT_TRUE(eventually([&] { return relay.status().active == 1; }));
  source.send("fresh");
  EXPECT_EQ(destination.receive(5), "fresh");
}

TEST(ListenListen, KeepsWhatWasSentByTheOneWhoFoundAPartner) {
  RunningRelay relay(make_pair(listener(), listener()));
  auto source = relay.connect(0, 0);
  EXPECT_TRUE(eventually([&] { return relay.status().waiting == 1; }));
  // Sent before the relay can have accepted it, with the end right behind.
  auto destination = relay.connect(0, 1);
  destination.send("at once");
  destination.end_sending();
  EXPECT_EQ(source.receive_all(), "at once");
}

TEST(ListenListen, DoesNotJoinASideThatHasGoneAway) {
  RunningRelay relay(make_pair(listener(), listener()));
  for (const bool orderly : {true, false}) {
    auto gone = relay.connect(0, 0);
    EXPECT_TRUE(eventually([&] { return relay.status().waiting == 1; }));
    orderly ? gone.close() : gone.reset();
    EXPECT_TRUE(eventually([&] { return relay.status().waiting == 0; }));
  }
  EXPECT_EQ(relay.counters().abandoned, 2U);

  auto source = relay.connect(0, 0);
  auto destination = relay.connect(0, 1);
  EXPECT_TRUE(eventually([&] { return relay.status().active == 1; }));
  source.send("x");
  EXPECT_EQ(destination.receive(1), "x");
}

/// Its partner is there, but both have to wait for another session to end.
TEST(ListenListen, KeepsWhatASideSaidThatLeftWhileItWaitedForItsTurn) {
  ScratchDirectory directory;
  Config config;
  config.limits.max_connections = 1;
  config.pairs = {make_pair(
      listener(),
      Listener{.address = UnixAddress{directory.path("to"), false}, .options = {}, .allow = {}})};
  RunningRelay relay(config);
  auto first = relay.connect(0, 0);
  auto first_partner = relay.connect(0, 1);
  EXPECT_TRUE(eventually([&] { return relay.status().active == 1; }));

  auto second = relay.connect(0, 0);
  EXPECT_TRUE(eventually([&] { return relay.status().waiting == 1; }));
  auto second_partner = relay.connect(0, 1);
  EXPECT_TRUE(eventually([&] { return relay.status().waiting == 2; }));
  second_partner.send("goodbye");
  second_partner.close();
  EXPECT_FALSE(second.readable_within(a_while));
  first.reset();
  EXPECT_EQ(second.receive_all(), "goodbye");
}

TEST(ListenListen, HoldsASideOnlySoLong) {
  auto pair = make_pair(listener(), listener());
  pair.hold = milliseconds(100);
  RunningRelay relay(pair);
  auto source = relay.connect(0, 0);
  source.wait_for_end();
  EXPECT_EQ(relay.counters().unreachable, 1U);
  EXPECT_EQ(relay.status().waiting, 0U);
}

TEST(ListenListen, ServesSessionAfterSession) {
  RunningRelay relay(make_pair(listener(), listener()));
  for (int i = 0; i < 20; ++i) {
    auto destination = relay.connect(0, 1);
    auto source = relay.connect(0, 0);
    EXPECT_TRUE(eventually([&] { return relay.status().active == 1; }));
    source.send("x");
    EXPECT_EQ(destination.receive(1), "x");
    source.close();
    destination.close();
    EXPECT_TRUE(eventually([&] { return relay.status().active == 0; }));
  }
}

TEST(ListenListen, ASideThatWaitsDoesNotTakeTheOthersPlace) {
  Config config;
  config.workers = 1;
  config.limits.max_connections = 2;
  config.pairs = {make_pair(listener(), listener())};
  config.pairs[0].limits.max_connections = 2;
  RunningRelay relay(config);
  auto first = relay.connect(0, 0);
  auto second = relay.connect(0, 0);
  EXPECT_TRUE(eventually([&] { return relay.status().waiting == 2; }));
  auto partner = relay.connect(0, 1);
  EXPECT_TRUE(eventually([&] { return relay.status().active == 1; }));
  first.send("x");
  EXPECT_EQ(partner.receive(1), "x");
}

TEST(ConnectConnect, JoinsTwoTargets) {
  Service left;
  Service right;
  RunningRelay relay(make_pair(dialer(left.address()), dialer(right.address())));
  auto left_end = left.accept();
  auto right_end = right.accept();
  EXPECT_TRUE(eventually([&] { return relay.status().active == 1; }));
  left_end.send("forward");
  EXPECT_EQ(right_end.receive(7), "forward");
  right_end.send("back");
  EXPECT_EQ(left_end.receive(4), "back");
  EXPECT_FALSE(left.called_within(a_while));
}

TEST(ConnectConnect, DialsAgainWhenTheSessionIsOver) {
  Service left;
  Service right;
  RunningRelay relay(make_pair(dialer(left.address()), dialer(right.address())));
  for (int i = 0; i < 3; ++i) {
    auto left_end = left.accept();
    auto right_end = right.accept();
    EXPECT_TRUE(eventually([&] { return relay.status().active == 1; }));
    left_end.send("x");
    EXPECT_EQ(right_end.receive(1), "x");
    left_end.reset();
    EXPECT_EQ(right_end.wait_for_end(), Ending::reset);
  }
}

TEST(ConnectConnect, KeepsTryingATargetThatIsNotThere) {
  Service left;
  const auto missing = nobody();
  RunningRelay relay(make_pair(dialer(left.address()), dialer(missing)));
  auto left_end = left.accept();
  EXPECT_TRUE(eventually([&] { return relay.counters().unreachable >= 3; }));
  Service right(missing);
  auto right_end = right.accept();
  right_end.send("x");
  EXPECT_TRUE(eventually([&] { return relay.status().active == 1; }));
  left_end.send("y");
  EXPECT_EQ(right_end.receive(1), "y");
}

TEST(ConnectConnect, DialsASideAgainThatWentAwayWhileItWaited) {
  Service left;
  RunningRelay relay(make_pair(dialer(left.address()), dialer(nobody())));
  left.accept().close();
  auto again = left.accept();
  EXPECT_TRUE(eventually([&] { return relay.status().waiting == 1; }));
}

}  // namespace
}  // namespace vsockfwd::relay::test
