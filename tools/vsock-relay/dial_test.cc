// SPDX-License-Identifier: Apache-2.0
// Targets as a relay reaches them.
#include "vsock-relay/dial.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "vsock-relay/test_peers.h"

namespace vsockfwd::relay::test {
namespace {

using std::chrono::milliseconds;

Pair pair_to_targets(std::vector<Address> targets) {
  auto pair = pair_to(targets.front());
  std::get<Dialer>(pair.to).targets = std::move(targets);
  return pair;
}

TEST(Dialling, TakesTheFirstTargetThatAnswers) {
  Service service;
  RunningRelay relay(pair_to_targets(
      {nobody(), UnixAddress{"/nowhere/at/all", false}, service.address(), nobody()}));
  for (int i = 0; i < 3; ++i) {
    auto client = relay.connect();
    client.send("x");
    EXPECT_EQ(service.accept().receive(1), "x");
  }
  EXPECT_EQ(relay.counters().unreachable, 0U);
}

TEST(Dialling, ComesBackAfterAPause) {
  const auto address = nobody();
  auto pair = pair_to(address);
  auto& dialer = std::get<Dialer>(pair.to);
  dialer.attempts = 0;
  dialer.backoff = milliseconds(20);
  dialer.backoff_max = milliseconds(40);
  RunningRelay relay(pair);
  auto client = relay.connect();
  client.send("x");
  EXPECT_FALSE(client.readable_within(milliseconds(200)));
  Service service(address);
  EXPECT_EQ(service.accept().receive(1), "x");
}

TEST(Dialling, GivesUpAfterSoManyRounds) {
  auto pair = pair_to(nobody());
  auto& dialer = std::get<Dialer>(pair.to);
  dialer.attempts = 3;
  dialer.backoff = milliseconds(100);
  RunningRelay relay(pair);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(relay.connect().wait_for_end(), Ending::reset);
  // 100 ms, then 200 ms, each up to a fifth less.
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(240));
  EXPECT_EQ(relay.counters().unreachable, 1U);
}

TEST(Dialling, IsGivenUpWhenTheClientLeaves) {
  auto pair = pair_to(nobody());
  std::get<Dialer>(pair.to).attempts = 0;
  RunningRelay relay(pair);
  auto client = relay.connect();
  EXPECT_TRUE(eventually([&] { return relay.counters().accepted == 1; }));
  client.reset();
  EXPECT_TRUE(eventually([&] { return relay.counters().abandoned == 1; }));
}

TEST(Dialling, AClientThatOnlyEndsItsHalfStillGetsAnAnswer) {
  const auto address = nobody();
  auto pair = pair_to(address);
  auto& dialer = std::get<Dialer>(pair.to);
  dialer.attempts = 0;
  dialer.backoff = milliseconds(20);
  RunningRelay relay(pair);
  auto client = relay.connect();
  client.send("question");
  client.end_sending();
  EXPECT_FALSE(client.readable_within(milliseconds(100)));
  Service service(address);
  auto server = service.accept();
  EXPECT_EQ(server.receive_all(), "question");
  server.send("answer");
  server.close();
  EXPECT_EQ(client.receive_all(), "answer");
}

TEST(Dialling, WaitsForAPlaceInTheBacklogOfAUnixSocket) {
  ScratchDirectory directory;
  Service service(UnixAddress{directory.path("to"), false}, 0);
  auto occupant = Stream::connect(service.address());
  RunningRelay relay(pair_to(service.address()));
  auto client = relay.connect();
  client.send("x");
  EXPECT_TRUE(eventually([&] { return relay.counters().accepted == 1; }));
  EXPECT_FALSE(client.readable_within(milliseconds(100)));
  service.accept();
  EXPECT_EQ(service.accept().receive(1), "x");
}

TEST(Dialling, TimesOutAndTriesTheNextTarget) {
  // A backlog of one that is full, twice over, as TCP takes one more: the next SYN is dropped.
  Service silent(TcpAddress{"127.0.0.1", 0}, 0);
  auto first = Stream::connect(silent.address());
  Service service;
  auto pair = pair_to_targets({silent.address(), service.address()});
  pair.timeouts.connect = milliseconds(100);
  RunningRelay relay(pair);
  auto client = relay.connect();
  client.send("x");
  EXPECT_EQ(service.accept().receive(1), "x");
}

TEST(Dialling, AbstractUnixSocketsWork) {
  Service service(UnixAddress{"relay-dial-test-" + std::to_string(::getpid()), true});
  RunningRelay relay(pair_to(service.address()));
  auto client = relay.connect();
  client.send("x");
  EXPECT_EQ(service.accept().receive(1), "x");
}

/// A VMM's socket, and what it says.
class Hybrid : public testing::Test {
 protected:
  Pair pair(std::vector<Address> more = {}) {
    std::vector<Address> targets{HybridConnectAddress{path_, 52}};
    targets.insert(targets.end(), more.begin(), more.end());
    return pair_to_targets(std::move(targets));
  }

  ScratchDirectory directory_;
  std::string path_ = directory_.path("vsock");
  Service vmm_{UnixAddress{path_, false}};
};

TEST_F(Hybrid, AsksForThePortAndTakesNothingOfTheGuests) {
  RunningRelay relay(pair());
  auto client = relay.connect();
  client.send("hello");
  auto guest = vmm_.accept();
  EXPECT_EQ(guest.receive(11), "CONNECT 52\n");
  // Not a byte of the client's before the answer.
  EXPECT_FALSE(guest.readable_within(milliseconds(50)));
  guest.send("OK 1073");
  EXPECT_FALSE(guest.readable_within(milliseconds(50)));
  guest.send("741824\nbanner of the guest");
  EXPECT_EQ(client.receive(19), "banner of the guest");
  EXPECT_EQ(guest.receive(5), "hello");
}

TEST_F(Hybrid, ASilentCloseIsARefusal) {
  Service fallback;
  RunningRelay relay(pair({fallback.address()}));
  auto client = relay.connect();
  client.send("x");
  vmm_.accept().receive(11);
  EXPECT_EQ(fallback.accept().receive(1), "x");
}

TEST_F(Hybrid, NonsenseIsARefusal) {
  RunningRelay relay(pair());
  auto client = relay.connect();
  auto guest = vmm_.accept();
  guest.send("HTTP/1.1 400\n");
  EXPECT_EQ(client.wait_for_end(), Ending::reset);
}

TEST_F(Hybrid, AnAnswerThatBreaksOffIsARefusalAtOnce) {
  auto patient = pair();
  patient.timeouts.connect = 3 * patience;
  RunningRelay relay(patient);
  auto client = relay.connect();
  {
    auto guest = vmm_.accept();
    EXPECT_EQ(guest.receive(11), "CONNECT 52\n");
    guest.send("OK 1");
  }
  EXPECT_EQ(client.wait_for_end(), Ending::reset);
}

TEST_F(Hybrid, NoAnswerIsARefusal) {
  auto impatient = pair();
  impatient.timeouts.connect = milliseconds(200);
  RunningRelay relay(impatient);
  auto client = relay.connect();
  auto guest = vmm_.accept();
  EXPECT_EQ(client.wait_for_end(), Ending::reset);
}

TEST(HybridListen, ListensWhereTheVmmConnects) {
  ScratchDirectory directory;
  Service service;
  auto pair = pair_to(service.address());
  std::get<Listener>(pair.from).address = HybridListenAddress{directory.path("vsock"), 9000};
  RunningRelay relay(pair);
  auto guest = Stream::connect(UnixAddress{directory.path("vsock_9000"), false});
  guest.send("x");
  EXPECT_EQ(service.accept().receive(1), "x");
}

}  // namespace
}  // namespace vsockfwd::relay::test
