// SPDX-License-Identifier: Apache-2.0
// Limits as clients meet them.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <deque>
#include <vector>

#include "vsock-relay/test_peers.h"

namespace vsockfwd::relay::test {
namespace {

using std::chrono::milliseconds;

/// Long enough for a connection to come that should not.
constexpr milliseconds a_while{100};

class Limited : public testing::Test {
 protected:
  Pair pair_with(const Limits& limits) {
    auto pair = pair_to(service_.address());
    pair.limits = limits;
    return pair;
  }

  Service service_;
};

TEST_F(Limited, WhoIsOverTheLimitWaitsInTheBacklog) {
  RunningRelay relay(pair_with({.max_connections = 2}));
  auto first = relay.connect();
  auto second = relay.connect();
  auto third = relay.connect();
  third.send("patience");
  auto first_server = service_.accept();
  auto second_server = service_.accept();
  EXPECT_FALSE(service_.called_within(a_while));
  EXPECT_EQ(relay.counters().accepted, 2U);
  EXPECT_TRUE(relay.status().at_limit);

  first.close();
  first_server.close();
  auto third_server = service_.accept();
  EXPECT_EQ(third_server.receive(8), "patience");
  EXPECT_EQ(relay.status().active, 2U);
}

TEST_F(Limited, OneLimitForAllPairs) {
  Config config;
  config.workers = 2;
  config.limits.max_connections = 1;
  config.pairs = {pair_to(service_.address()), pair_to(service_.address())};
  config.pairs[1].name = "test2";
  RunningRelay relay(config);
  auto first = relay.connect(0);
  auto first_server = service_.accept();
  auto second = relay.connect(1);
  EXPECT_FALSE(service_.called_within(a_while));
  first.reset();
  EXPECT_EQ(first_server.wait_for_end(), Ending::reset);
  auto second_server = service_.accept();
  second.send("x");
  EXPECT_EQ(second_server.receive(1), "x");
}

TEST_F(Limited, PairsTakeTurnsAtTheLimitOfAll) {
  Config config;
  config.workers = 1;
  config.limits.max_connections = 1;
  config.pairs = {pair_to(service_.address()), pair_to(service_.address())};
  config.pairs[1].name = "test2";
  RunningRelay relay(config);
  auto holder = relay.connect(0);
  auto server = service_.accept();

  // A crowd at the first pair, and one client at the second who comes last.
  std::vector<Stream> crowd;
  for (int i = 0; i < 8; ++i) crowd.push_back(relay.connect(0));
  ASSERT_TRUE(eventually([&] { return relay.status(0).at_limit; }));
  auto single = relay.connect(1);
  ASSERT_TRUE(eventually([&] { return relay.status(1).at_limit; }));

  int served_before = 0;
  holder.reset();
  while (relay.counters(1).accepted == 0) {
    server = service_.accept();
    if (relay.counters(1).accepted != 0) break;
    crowd.at(static_cast<std::size_t>(served_before++)).reset();
  }
  EXPECT_LE(served_before, 1);
}

TEST_F(Limited, RateIsKept) {
  RunningRelay relay(pair_with({.max_rate = 20}));
  std::vector<Stream> clients;
  const auto begin = std::chrono::steady_clock::now();
  // A burst of 20 passes at once, the other ten take half a second.
  for (int i = 0; i < 30; ++i) clients.push_back(relay.connect());
  std::vector<Stream> servers;
  for (int i = 0; i < 20; ++i) servers.push_back(service_.accept());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(400));
  for (int i = 0; i < 10; ++i) servers.push_back(service_.accept());
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(450));
}

/// 127.0.0.1 has all it may have; 127.0.0.2 comes after a crowd of its connections.
TEST_F(Limited, OnePeerAtItsLimitDoesNotKeepOthersWaiting) {
  auto pair = pair_with({.max_connections = 100, .max_connections_per_peer = 2});
  RunningRelay relay(pair);
  std::deque<Stream> greedy;
  std::deque<Stream> servers;
  for (int i = 0; i < 2; ++i) {
    greedy.push_back(relay.connect());
    servers.push_back(service_.accept());
  }
  for (int i = 0; i < 10; ++i) greedy.push_back(relay.connect());
  EXPECT_FALSE(service_.called_within(a_while));
  EXPECT_EQ(relay.status().waiting, 10U);
  EXPECT_TRUE(relay.status().at_limit);

  auto modest = Stream::connect_from("127.0.0.2", relay.address());
  modest.send("hello");
  EXPECT_EQ(service_.accept().receive(5), "hello");

  // Those who wait are served in their order when there is a place.
  greedy[2].send("next");
  greedy[0].reset();
  EXPECT_EQ(servers[0].wait_for_end(), Ending::reset);
  EXPECT_EQ(service_.accept().receive(4), "next");
  EXPECT_EQ(relay.status().waiting, 9U);
}

TEST_F(Limited, OnlySoManyOfAPeerWait) {
  RunningRelay relay(pair_with({.max_connections = 100, .max_connections_per_peer = 1}));
  std::vector<Stream> clients;
  for (int i = 0; i < 1 + 16; ++i) clients.push_back(relay.connect());
  EXPECT_TRUE(eventually([&] { return relay.counters().accepted == 17; }));
  auto one_too_many = relay.connect();
  EXPECT_EQ(one_too_many.wait_for_end(), Ending::reset);
  EXPECT_EQ(relay.counters().refused, 1U);
}

TEST_F(Limited, ALimitOfOnePeerHoldsForAllPairs) {
  Config config;
  config.workers = 2;
  config.limits.max_connections_per_peer = 1;
  config.pairs = {pair_to(service_.address()), pair_to(service_.address())};
  config.pairs[1].name = "test2";
  RunningRelay relay(config);
  auto first = relay.connect(0);
  auto first_server = service_.accept();
  auto second = relay.connect(1);
  EXPECT_FALSE(service_.called_within(a_while));
  first.reset();
  auto second_server = service_.accept();
  second.send("x");
  EXPECT_EQ(second_server.receive(1), "x");
}

TEST_F(Limited, NetworksThatAreNotAllowedAreReset) {
  auto pair = pair_to(service_.address());
  std::get<Listener>(pair.from).allow.networks = {"127.0.0.2/32"};
  RunningRelay relay(pair);
  EXPECT_EQ(relay.connect().wait_for_end(), Ending::reset);
  EXPECT_EQ(relay.counters().refused, 1U);
  auto allowed = Stream::connect_from("127.0.0.2", relay.address());
  allowed.send("x");
  EXPECT_EQ(service_.accept().receive(1), "x");
}

TEST_F(Limited, UsersThatAreNotAllowedAreTurnedAway) {
  ScratchDirectory directory;
  auto pair = pair_to(service_.address());
  Listener listener{.address = UnixAddress{directory.path("from"), false},
                    .options = {},
                    .allow = {.cids = {}, .networks = {}, .uids = {::getuid() + 1}}};
  pair.from = listener;
  {
    RunningRelay relay(pair);
    relay.connect().wait_for_end();
    EXPECT_EQ(relay.counters().refused, 1U);
  }
  listener.allow.uids.push_back(::getuid());
  pair.from = listener;
  RunningRelay relay(pair);
  auto client = relay.connect();
  client.send("x");
  EXPECT_EQ(service_.accept().receive(1), "x");
}

/// Lets this process open only a few descriptors more.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t more) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    // Free numbers need not follow each other: whoever has started the process may have left some.
    std::vector<UniqueFd> free;
    for (rlim_t i = 0; i < more; i++) free.emplace_back(::dup(0));
    const rlimit few{.rlim_cur = static_cast<rlim_t>(free.back().get()) + 1,
                     .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

/// Of this thread and all others, in this process.
milliseconds processor_time() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::duration_cast<milliseconds>(std::chrono::seconds(time.tv_sec) +
                                                  std::chrono::nanoseconds(time.tv_nsec));
}

TEST_F(Limited, ExhaustedDescriptorsNeitherSpinNorKill) {
  RunningRelay relay(pair_with({.max_connections = 100}));
  const auto address = relay.address();
  // Sockets of the clients, made while there are descriptors.
  std::vector<Stream> clients;
  {
    const FewDescriptors few(1);
    clients.push_back(relay.connect());
    const auto begin = processor_time();
    EXPECT_FALSE(service_.called_within(milliseconds(300)));
    EXPECT_LT(processor_time() - begin, milliseconds(100));
  }
  clients.back().send("still here");
  auto server = service_.accept();
  EXPECT_EQ(server.receive(10), "still here");
  clients.push_back(relay.connect());
  clients.back().send("x");
  EXPECT_EQ(service_.accept().receive(1), "x");
}

/// The client's descriptor is there, the one for the target is not: it is tried again.
TEST_F(Limited, ATargetIsDialledWhenThereIsADescriptorAgain) {
  RunningRelay relay(pair_with({.max_connections = 100}));
  std::vector<Stream> clients;
  {
    const FewDescriptors few(2);
    clients.push_back(relay.connect());
    EXPECT_TRUE(eventually([&] { return relay.counters().accepted == 1; }));
    EXPECT_FALSE(service_.called_within(a_while));
  }
  clients.back().send("x");
  EXPECT_EQ(service_.accept().receive(1), "x");
  EXPECT_EQ(relay.counters().unreachable, 0U);
}

}  // namespace
}  // namespace vsockfwd::relay::test
