// SPDX-License-Identifier: Apache-2.0
// Relay::start(), reload() and drain().
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>

#include <filesystem>
#include <vector>

#include "lib/socket.h"
#include "lib/socket_address.h"
#include "vsock-relay/test_peers.h"

namespace vsockfwd::relay::test {
namespace {

using std::chrono::milliseconds;

Config config_of(std::vector<Pair> pairs) {
  Config config;
  config.workers = 2;
  config.pairs = std::move(pairs);
  return config;
}

Pair named(std::string name, Pair pair) {
  pair.name = std::move(name);
  return pair;
}

Pair at(const Address& address, Pair pair) {
  std::get<Listener>(pair.from).address = address;
  return pair;
}

bool drained_within(Relay& relay, milliseconds time) {
  pollfd poll{.fd = relay.drained_fd(), .events = POLLIN, .revents = 0};
  return ::poll(&poll, 1, static_cast<int>(time.count())) > 0;
}

class Reload : public testing::Test {
 protected:
  Service old_service_;
  Service new_service_;
};

TEST_F(Reload, ConnectionsGoOnAndNewOnesGoElsewhere) {
  RunningRelay relay(config_of({pair_to(old_service_.address())}));
  const auto address = relay.address();
  auto client = relay.connect();
  auto server = old_service_.accept();
  client.send("before");
  server.receive(6);

  ASSERT_TRUE(relay->reload(config_of({pair_to(new_service_.address())})));
  client.send("after");
  EXPECT_EQ(server.receive(5), "after");
  EXPECT_EQ(relay.address(), address);
  auto next = relay.connect();
  next.send("x");
  EXPECT_EQ(new_service_.accept().receive(1), "x");
  EXPECT_EQ(relay.counters().accepted, 2U);
}

TEST_F(Reload, AClientInTheBacklogIsNotLost) {
  auto pair = pair_to(old_service_.address());
  pair.limits.max_connections = 1;
  RunningRelay relay(config_of({pair}));
  auto client = relay.connect();
  auto server = old_service_.accept();
  auto waiting = relay.connect();
  pair.limits.max_connections = 2;
  ASSERT_TRUE(relay->reload(config_of({pair})));
  waiting.send("x");
  EXPECT_EQ(old_service_.accept().receive(1), "x");
}

TEST_F(Reload, ConnectionsCountAgainstNewLimits) {
  auto pair = pair_to(old_service_.address());
  RunningRelay relay(config_of({pair}));
  auto client = relay.connect();
  auto server = old_service_.accept();
  pair.limits.max_connections = 1;
  ASSERT_TRUE(relay->reload(config_of({pair})));
  auto second = relay.connect();
  EXPECT_FALSE(old_service_.called_within(milliseconds(100)));
  client.reset();
  old_service_.accept();
}

TEST_F(Reload, SocketsMayGoFromPairToPair) {
  ScratchDirectory directory;
  const UnixAddress address{directory.path("socket"), false};
  RunningRelay relay(config_of({named("a", at(address, pair_to(old_service_.address())))}));
  ASSERT_TRUE(relay->reload(config_of({named("b", at(address, pair_to(new_service_.address())))})));
  auto client = relay.connect();
  client.send("x");
  EXPECT_EQ(new_service_.accept().receive(1), "x");
  EXPECT_EQ(relay.status().name, "b");
  relay.stop();
  EXPECT_FALSE(std::filesystem::exists(address.path));
}

TEST_F(Reload, ListenersThatAreGoneDoNotListen) {
  RunningRelay relay(config_of(
      {named("a", pair_to(old_service_.address())), named("b", pair_to(old_service_.address()))}));
  const auto gone = relay.address(1);
  ASSERT_TRUE(relay->reload(config_of({named("a", pair_to(old_service_.address()))})));
  EXPECT_THROW(Stream::connect(gone), std::system_error);
  EXPECT_EQ(relay->status().size(), 1U);
}

TEST_F(Reload, APairThatIsGoneStaysInTheStatusUntilItsLastConnectionEnds) {
  const auto kept = named("a", pair_to(new_service_.address()));
  RunningRelay relay(config_of({kept, named("b", pair_to(old_service_.address()))}));
  auto client = relay.connect(1);
  auto server = old_service_.accept();
  const auto from = relay.status(1).from;
  ASSERT_TRUE(relay->reload(config_of({kept})));
  client.send("x");
  EXPECT_EQ(server.receive(1), "x");

  // Also through another reload.
  ASSERT_TRUE(relay->reload(config_of({kept})));
  EXPECT_TRUE(eventually([&] { return relay.counters(1).bytes_forward == 1; }));
  const auto status = relay.status(1);
  EXPECT_EQ(status.name, "b");
  EXPECT_TRUE(status.gone);
  EXPECT_EQ(status.active, 1U);
  EXPECT_EQ(status.from, from);
  client.reset();
  EXPECT_TRUE(eventually([&] { return relay->status().size() == 1; }));
}

TEST_F(Reload, APairThatWasGoneComesBack) {
  const auto pair = named("a", pair_to(old_service_.address()));
  RunningRelay relay(config_of({pair}));
  auto client = relay.connect();
  auto server = old_service_.accept();
  ASSERT_TRUE(relay->reload(config_of({named("b", pair)})));
  ASSERT_TRUE(relay->reload(config_of({pair})));
  ASSERT_EQ(relay->status().size(), 1U);
  EXPECT_FALSE(relay.status().gone);
  auto next = relay.connect();
  next.send("x");
  EXPECT_EQ(old_service_.accept().receive(1), "x");
  EXPECT_EQ(relay.counters().accepted, 2U) << "it is the same pair";
}

TEST_F(Reload, AFailureChangesNothing) {
  ScratchDirectory directory;
  const UnixAddress path{directory.path("socket"), false};
  const auto old = config_of({named("a", at(path, pair_to(old_service_.address())))});
  RunningRelay relay(old);

  auto opener = at(path, pair_to(new_service_.address()));
  std::get<Listener>(opener.from).options.mode = 0666;
  const UnixAddress created{directory.path("new"), false};
  const auto failed = relay->reload(
      config_of({named("a", opener), named("b", at(created, pair_to(new_service_.address()))),
                 named("c", at(new_service_.address(), pair_to(old_service_.address())))}));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message.find("pair \"c\": cannot listen on \"tcp:127.0.0.1:"), 0U)
      << failed.error().message;

  EXPECT_FALSE(std::filesystem::exists(created.path));
  struct stat file {};
  ASSERT_EQ(::stat(path.path.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600U);
  auto client = relay.connect();
  client.send("x");
  EXPECT_EQ(old_service_.accept().receive(1), "x");
}

TEST_F(Reload, ASideThatWaitsInAnUnchangedRendezvousGoesOnWaiting) {
  const Listener any{.address = TcpAddress{"127.0.0.1", 0}, .options = {}, .allow = {}};
  const auto rendezvous = named("r", make_pair(any, any));
  RunningRelay relay(config_of({rendezvous}));
  auto source = relay.connect(0, 0);
  EXPECT_TRUE(eventually([&] { return relay.status().waiting == 1; }));
  ASSERT_TRUE(relay->reload(config_of({named("a", pair_to(old_service_.address())), rendezvous})));
  auto destination = relay.connect(1, 1);
  EXPECT_TRUE(eventually([&] { return relay.status(1).active == 1; }));
  source.send("x");
  EXPECT_EQ(destination.receive(1), "x");
}

TEST_F(Reload, ASideThatWaitsGoesOnWaitingUnlessItIsNotAllowedAnyMore) {
  Listener any{.address = TcpAddress{"127.0.0.1", 0}, .options = {}, .allow = {}};
  auto rendezvous = make_pair(any, any);
  RunningRelay relay(config_of({rendezvous}));
  auto source = relay.connect(0, 0);
  auto stranger = Stream::connect_from("127.0.0.2", relay.address(0, 0));
  EXPECT_TRUE(eventually([&] { return relay.status().waiting == 2; }));

  rendezvous.limits.max_connections = 10;
  ASSERT_TRUE(relay->reload(config_of({rendezvous})));
  EXPECT_EQ(relay.status().waiting, 2U);

  any.allow.networks = {"127.0.0.1/32"};
  rendezvous.from = any;
  ASSERT_TRUE(relay->reload(config_of({rendezvous})));
  stranger.wait_for_end();
  EXPECT_EQ(relay.status().waiting, 1U);
  EXPECT_EQ(relay.counters().refused, 1U);
  auto destination = relay.connect(0, 1);
  EXPECT_TRUE(eventually([&] { return relay.status().active == 1; }));
  source.send("x");
  EXPECT_EQ(destination.receive(1), "x");
}

TEST_F(Reload, AConnectionThatWaitsIsNotForAnotherTarget) {
  const auto to = [](const Address& target) {
    return Dialer{.targets = {target}, .attempts = 0, .backoff = milliseconds(20)};
  };
  RunningRelay relay(config_of({make_pair(to(old_service_.address()), to(nobody()))}));
  auto waiting = old_service_.accept();
  ASSERT_TRUE(relay->reload(config_of({make_pair(to(new_service_.address()), to(nobody()))})));
  waiting.wait_for_end();
  new_service_.accept();
}

TEST_F(Reload, AClientOverTheLimitOfItsPeerGoesOnWaiting) {
  auto pair = pair_to(old_service_.address());
  pair.limits.max_connections_per_peer = 1;
  RunningRelay relay(config_of({pair}));
  auto first = relay.connect();
  auto server = old_service_.accept();
  auto stranger = Stream::connect_from("127.0.0.2", relay.address());
  auto stranger_server = old_service_.accept();
  auto second = relay.connect();
  auto second_stranger = Stream::connect_from("127.0.0.2", relay.address());
  EXPECT_TRUE(eventually([&] { return relay.status().waiting == 2; }));

  std::get<Listener>(pair.from).allow.networks = {"127.0.0.1/32"};
  ASSERT_TRUE(relay->reload(config_of({pair})));
  EXPECT_EQ(second_stranger.wait_for_end(), Ending::reset);
  EXPECT_EQ(relay.status().waiting, 1U);

  first.reset();
  EXPECT_EQ(server.wait_for_end(), Ending::reset);
  second.send("x");
  EXPECT_EQ(old_service_.accept().receive(1), "x");
}

TEST_F(Reload, AClientOverTheLimitOfItsPeerIsServedWhenTheLimitIsRaised) {
  auto pair = pair_to(old_service_.address());
  pair.limits.max_connections_per_peer = 1;
  RunningRelay relay(config_of({pair}));
  auto first = relay.connect();
  auto server = old_service_.accept();
  auto second = relay.connect();
  EXPECT_TRUE(eventually([&] { return relay.status().waiting == 1; }));
  pair.limits.max_connections_per_peer = 2;
  pair.to = pair_to(new_service_.address()).to;
  ASSERT_TRUE(relay->reload(config_of({pair})));
  second.send("x");
  EXPECT_EQ(new_service_.accept().receive(1), "x");
}

TEST_F(Reload, UnderTrafficLosesNothing) {
  RunningRelay relay(config_of({pair_to(old_service_.address())}));
  auto client = relay.connect();
  auto server = old_service_.accept();
  const auto bytes = pattern(20'000'000);
  std::thread writer([&] {
    client.send(bytes);
    client.close();
  });
  std::thread reader([&] { EXPECT_TRUE(server.receive_all() == bytes); });
  for (int i = 0; i < 50; ++i) {
    auto pair = pair_to(i % 2 == 0 ? new_service_.address() : old_service_.address());
    EXPECT_TRUE(relay->reload(config_of({pair})));
  }
  writer.join();
  reader.join();
}

TEST_F(Reload, InheritedSocketsStayWhileNoConfigurationNamesThem) {
  auto listening = open_listener(*SocketAddress::ip("127.0.0.1", 0), 8);
  ASSERT_TRUE(listening);
  const auto address = local_address(listening->get()).to_address();
  SocketsByName inherited;
  inherited.emplace("web", std::move(*listening));
  const auto with = at(InheritedAddress{"web"}, pair_to(old_service_.address()));
  auto relay = Relay::start(config_of({with}), InheritedSockets(std::move(inherited)));
  ASSERT_TRUE(relay);
  EXPECT_EQ((*relay)->status()[0].from.at(0), format_address(address));
  ASSERT_TRUE((*relay)->reload(config_of({})));
  auto client = Stream::connect(address);
  ASSERT_TRUE((*relay)->reload(config_of({with})));
  client.send("x");
  EXPECT_EQ(old_service_.accept().receive(1), "x");
}

TEST(Start, FailsIfASocketWasNotHandedOver) {
  const auto relay = Relay::start(config_of({at(InheritedAddress{"web"}, pair_to(nobody()))}), {});
  ASSERT_FALSE(relay);
  EXPECT_EQ(relay.error().message,
            "pair \"test\": no socket was handed over under the name \"web\"");
}

TEST(Start, ListensAtEveryAddressOfAName) {
  Service service;
  RunningRelay relay(config_of({at(TcpAddress{"localhost", 0}, pair_to(service.address()))}));
  EXPECT_GE(relay.status().from.size(), 1U);
  auto client = relay.connect();
  client.send("x");
  EXPECT_EQ(service.accept().receive(1), "x");
}

class Drain : public testing::Test {
 protected:
  Service service_;
};

TEST_F(Drain, WaitsForTheLastConnectionAndTakesNoMore) {
  RunningRelay relay(config_of({pair_to(service_.address())}));
  const auto address = relay.address();
  auto client = relay.connect();
  auto server = service_.accept();
  relay->drain();
  EXPECT_EQ(relay.status().from.at(0), format_address(address));
  EXPECT_THROW(Stream::connect(address), std::system_error);
  EXPECT_FALSE(drained_within(*relay, milliseconds(100)));
  client.send("question");
  client.close();
  EXPECT_EQ(server.receive_all(), "question");
  server.close();
  EXPECT_TRUE(drained_within(*relay, patience));
  EXPECT_EQ(relay.counters().closed, 1U);
  EXPECT_EQ(relay->broken_off(), 0U);
}

TEST_F(Drain, IsDoneAtOnceWithoutConnections) {
  RunningRelay relay(config_of({pair_to(service_.address())}));
  relay->drain();
  EXPECT_TRUE(drained_within(*relay, patience));
}

TEST_F(Drain, EndsWhatTakesTooLong) {
  auto config = config_of({pair_to(service_.address())});
  config.daemon.drain = milliseconds(100);
  RunningRelay relay(config);
  auto client = relay.connect();
  auto server = service_.accept();
  relay->drain();
  EXPECT_TRUE(drained_within(*relay, patience));
  EXPECT_EQ(relay->broken_off(), 1U);
  EXPECT_EQ(client.wait_for_end(), Ending::reset);
  EXPECT_EQ(server.wait_for_end(), Ending::reset);
}

TEST_F(Drain, RefusesToReload) {
  RunningRelay relay(config_of({pair_to(service_.address())}));
  relay->drain();
  EXPECT_FALSE(relay->reload(config_of({pair_to(service_.address())})));
}

}  // namespace
}  // namespace vsockfwd::relay::test
