// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/forwarding.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <future>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "vsock-relay/test_peers.h"

namespace vsockfwd::relay::test {
namespace {

using std::chrono::milliseconds;

/// What this process has in memory, in bytes.
std::size_t resident_memory() {
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  unsigned long all = 0;
  unsigned long resident = 0;
  EXPECT_EQ(std::fscanf(file, "%lu %lu", &all, &resident), 2);
  std::fclose(file);
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// The four ways in which a relay can lie between tcp: and unix:.
class Forwarding : public testing::TestWithParam<std::pair<bool, bool>> {
 protected:
  Address listen_address() {
    if (GetParam().first) return UnixAddress{directory_.path("from"), false};
    return TcpAddress{"127.0.0.1", 0};
  }
  Address service_address() {
    if (GetParam().second) return UnixAddress{directory_.path("to"), false};
    return TcpAddress{"127.0.0.1", 0};
  }
  Pair pair() {
    auto result = pair_to(service_.address());
    std::get<Listener>(result.from).address = listen_address();
    return result;
  }

  ScratchDirectory directory_;
  Service service_{service_address()};
};

std::string name_of(const testing::TestParamInfo<std::pair<bool, bool>>& test) {
  const auto [from_unix, to_unix] = test.param;
  return std::string(from_unix ? "Unix" : "Tcp") + "To" + (to_unix ? "Unix" : "Tcp");
}

INSTANTIATE_TEST_SUITE_P(Families, Forwarding,
                         testing::Values(std::pair(false, false), std::pair(false, true),
                                         std::pair(true, false), std::pair(true, true)),
                         name_of);

TEST_P(Forwarding, CarriesBytesBothWays) {
  RunningRelay relay(pair());
  auto client = relay.connect();
  auto server = service_.accept();

  client.send("question");
  EXPECT_EQ(server.receive(8), "question");
  server.send("answer!");
  EXPECT_EQ(client.receive(7), "answer!");

  EXPECT_TRUE(eventually([&] { return relay.counters().bytes_back == 7; }));
  EXPECT_EQ(relay.counters().bytes_forward, 8U);
  EXPECT_EQ(relay.status().active, 1U);
}

TEST_P(Forwarding, LetsTheAnswerComeLongAfterTheEndOfTheQuestion) {
  RunningRelay relay(pair());
  auto client = relay.connect();
  auto server = service_.accept();

  client.send("question");
  client.end_sending();
  EXPECT_EQ(server.receive_all(), "question");
  // Longer than others wait, who give half a second.
  EXPECT_FALSE(client.readable_within(milliseconds(700)));
  server.send("late answer");
  server.close();
  EXPECT_EQ(client.receive_all(), "late answer");
  EXPECT_TRUE(eventually([&] { return relay.counters().closed == 1; }));
}

TEST_P(Forwarding, LetsTheQuestionGoOnAfterTheEndOfTheAnswer) {
  RunningRelay relay(pair());
  auto client = relay.connect();
  auto server = service_.accept();

  server.send("answer");
  server.end_sending();
  EXPECT_EQ(client.receive_all(), "answer");
  client.send("more questions");
  client.close();
  EXPECT_EQ(server.receive_all(), "more questions");
}

TEST_P(Forwarding, EndsBothDirectionsAtOnceIfAskedTo) {
  auto full_close = pair();
  full_close.half_close = false;
  RunningRelay relay(full_close);
  auto client = relay.connect();
  auto server = service_.accept();

  server.send("answer");
  server.end_sending();
  EXPECT_EQ(client.receive_all(), "answer");
  EXPECT_NE(server.wait_for_end(), Ending::reset);
  EXPECT_TRUE(eventually([&] { return relay.counters().closed == 1; }));
}

TEST_P(Forwarding, DoesNotListenForLongWhenItHasEndedBothDirections) {
  auto full_close = pair();
  full_close.half_close = false;
  RunningRelay relay(full_close);
  auto client = relay.connect();
  auto server = service_.accept();

  std::thread talker([&] {
    const auto chunk = pattern(1'000'000);
    EXPECT_THROW(for (;;) server.send(chunk), std::system_error);
  });
  client.end_sending();
  client.wait_for_end();
  EXPECT_TRUE(eventually([&] { return relay.counters().closed == 1; }));
  talker.join();
}

TEST_P(Forwarding, LosesNothingWhenAnEndWritesMuchAndCloses) {
  RunningRelay relay(pair());
  auto client = relay.connect();
  auto server = service_.accept();
  const auto bytes = pattern(10'000'000);

  std::thread writer([&] {
    client.send(bytes);
    client.close();
  });
  const auto received = server.receive_all();
  writer.join();
  EXPECT_TRUE(received == bytes);
}

TEST_P(Forwarding, KeepsMemoryBoundedForASlowReader) {
  constexpr std::size_t total = 100'000'000;
  // Of what is measured, most is what sanitizers and allocators do besides.
  constexpr std::size_t allowance = 10'000'000;
  RunningRelay relay(pair());
  auto client = relay.connect();
  auto server = service_.accept();
  const auto chunk = pattern(1'000'000);

  // Nobody reads: the sender must come to a halt long before all is sent.
  std::size_t sent = 0;
  const auto before = resident_memory();
  EXPECT_TRUE(eventually([&] {
    const auto more = client.send_some(std::string_view(chunk).substr(sent % chunk.size()));
    sent += more;
    return more == 0 && !client.writable_within(milliseconds(50));
  }));
  EXPECT_LT(sent, total / 2);
  EXPECT_LT(resident_memory(), before + allowance);

  std::thread writer([&] {
    while (sent < total) {
      const auto part = std::string_view(chunk).substr(sent % chunk.size());
      client.send(part);
      sent += part.size();
    }
    client.close();
  });
  for (std::size_t received = 0; received < total; received += chunk.size()) {
    ASSERT_TRUE(server.next_is(chunk));
  }
  EXPECT_EQ(server.wait_for_end(), Ending::orderly);
  writer.join();
  EXPECT_LT(resident_memory(), before + allowance);
}

TEST_P(Forwarding, PassesTheEndOfAClientOnThatNobodyReadsFor) {
  RunningRelay relay(pair());
  auto client = relay.connect();
  auto server = service_.accept();
  client.close();
  EXPECT_EQ(server.wait_for_end(), Ending::orderly);
  server.close();
  EXPECT_TRUE(eventually([&] { return relay.status().active == 0; }));
}

TEST_P(Forwarding, ServesManyConnectionsAtOnce) {
  constexpr unsigned count = 100;
  RunningRelay relay(std::vector{pair()}, 2);
  std::vector<Stream> clients;
  std::vector<Stream> servers;
  for (unsigned i = 0; i < count; ++i) {
    clients.push_back(relay.connect());
    clients.back().send(pattern(1000, i));
    servers.push_back(service_.accept());
  }
  for (auto& server : servers) server.send(server.receive(1000));
  for (unsigned i = 0; i < count; ++i) EXPECT_TRUE(clients[i].receive(1000) == pattern(1000, i));
  EXPECT_EQ(relay.status().active, count);
}

TEST(ForwardingTcp, PassesAResetOfTheClientOn) {
  Service service;
  RunningRelay relay(pair_to(service.address()));
  auto client = relay.connect();
  auto server = service.accept();
  client.send("half of a quest");
  server.receive(15);
  client.reset();
  EXPECT_EQ(server.wait_for_end(), Ending::reset);
  EXPECT_TRUE(eventually([&] { return relay.counters().reset == 1; }));
}

TEST(ForwardingTcp, PassesAResetOfTheServerOn) {
  Service service;
  RunningRelay relay(pair_to(service.address()));
  auto client = relay.connect();
  auto server = service.accept();
  server.send("half of an ans");
  client.receive(14);
  server.reset();
  EXPECT_EQ(client.wait_for_end(), Ending::reset);
}

TEST(ForwardingTcp, PassesAResetAfterHalfCloseOn) {
  Service service;
  RunningRelay relay(pair_to(service.address()));
  auto client = relay.connect();
  auto server = service.accept();
  client.end_sending();
  EXPECT_EQ(server.wait_for_end(), Ending::orderly);
  server.reset();
  EXPECT_EQ(client.wait_for_end(), Ending::reset);
}

TEST(ForwardingTcp, PassesAResetOnThatComesWhileTheOtherSideDoesNotRead) {
  Service service;
  RunningRelay relay(pair_to(service.address()));
  auto client = relay.connect();
  auto server = service.accept();
  const auto chunk = pattern(1'000'000);
  while (client.send_some(chunk) > 0 || client.writable_within(milliseconds(50))) {
  }
  client.reset();
  EXPECT_TRUE(eventually([&] { return relay.counters().reset == 1; }));
  EXPECT_EQ(server.wait_for_end(), Ending::reset);
}

TEST(ForwardingTcp, ResetsTheClientIfNoTargetCanBeReached) {
  RunningRelay relay(pair_to(nobody()));
  auto client = relay.connect();
  EXPECT_EQ(client.wait_for_end(), Ending::reset);
  EXPECT_EQ(relay.counters().unreachable, 1U);
  EXPECT_EQ(relay.counters().joined, 0U);
}

TEST(ForwardingTcp, IsNotConfusedByUrgentData) {
  Service service;
  RunningRelay relay(pair_to(service.address()));
  auto client = relay.connect();
  auto server = service.accept();
  client.send("before");
  ASSERT_EQ(::send(client.fd(), "!", 1, MSG_OOB), 1);
  client.send("after");
  EXPECT_EQ(server.receive(11), "beforeafter");
}

/// A kernel that gets something for a closed socket drops what the socket has still to send.
TEST(ForwardingTcp, LosesNothingWhenItEndsBothDirectionsAtOnce) {
  Service service;
  auto full_close = pair_to(service.address());
  full_close.half_close = false;
  RunningRelay relay(full_close);
  auto client = relay.connect();
  auto server = service.accept();
  // More than the server's kernel takes before anybody reads.
  const auto bytes = pattern(1'000'000);
  client.send(bytes);
  client.end_sending();
  EXPECT_EQ(client.wait_for_end(), Ending::orderly);
  // Longer than those have who have got everything.
  std::this_thread::sleep_for(milliseconds(1200));
  server.send("still busy");
  EXPECT_TRUE(server.receive_all() == bytes);
  server.close();
  client.close();
  EXPECT_TRUE(eventually([&] { return relay.counters().closed == 1; }));
}

/// What is spliced stops at the urgent byte.
TEST(ForwardingTcp, IsNotConfusedByUrgentDataInBulk) {
  Service service;
  RunningRelay relay(pair_to(service.address()));
  const auto bytes = pattern(20'000'000);
  for (const bool ends_at_once : {true, false}) {
    auto client = relay.connect();
    auto server = service.accept();
    std::thread writer([&] {
      client.send(std::string_view(bytes).substr(0, 8'000'000));
      ::send(client.fd(), "!", 1, MSG_OOB);
      client.send(std::string_view(bytes).substr(8'000'000));
      if (ends_at_once) client.end_sending();
    });
    EXPECT_TRUE(server.receive(bytes.size()) == bytes);
    writer.join();
    client.end_sending();
    EXPECT_EQ(server.wait_for_end(), Ending::orderly);
  }
}

/// A unix service that answers and closes without having read everything.
TEST(ForwardingToUnix, DeliversTheAnswerBeforeTheReset) {
  ScratchDirectory directory;
  Service service(UnixAddress{directory.path("to"), false});
  RunningRelay relay(pair_to(service.address()));
  auto client = relay.connect();
  auto server = service.accept();
  client.send("a question that nobody reads");
  ASSERT_TRUE(server.readable_within(patience));
  server.send("answer");
  server.close();
  EXPECT_EQ(client.receive(6), "answer");
  EXPECT_EQ(client.wait_for_end(), Ending::reset);
}

class ForwardingFromUnix : public testing::Test {
 protected:
  Pair pair() {
    auto result = pair_to(service_.address());
    std::get<Listener>(result.from).address = UnixAddress{directory_.path("from"), false};
    return result;
  }

  ScratchDirectory directory_;
  Service service_;
  RunningRelay relay_{pair()};
};

/// A unix client says much and closes; the server talks before it has read all.
TEST_F(ForwardingFromUnix, LosesNothingWhenTheServerTalksToAClientThatHasClosed) {
  auto client = relay_.connect();
  auto server = service_.accept();
  // More than the server's kernel takes before anybody reads.
  const auto bytes = pattern(1'000'000);
  client.send(bytes);
  client.close();
  server.send("hello");
  std::this_thread::sleep_for(milliseconds(1200));
  server.send("still busy");
  EXPECT_TRUE(server.receive_all() == bytes);
  server.close();
  EXPECT_TRUE(eventually([&] { return relay_.status().active == 0; }));
}

TEST_F(ForwardingFromUnix, StopsAServerThatTalksToAClientThatHasClosed) {
  auto client = relay_.connect();
  auto server = service_.accept();
  EXPECT_TRUE(eventually([&] { return relay_.status().active == 1; }));
  client.close();
  const auto chunk = pattern(1'000'000);
  EXPECT_THROW(for (;;) server.send(chunk), std::system_error);
  EXPECT_EQ(relay_.counters().reset, 1U);
}

/// A read of a unix socket ends at a message that carries descriptors; what follows must not be
/// forgotten.
TEST_F(ForwardingFromUnix, IsNotStoppedByDescriptors) {
  auto client = relay_.connect();
  auto server = service_.accept();

  for (int i = 0; i < 3; ++i) {
    std::string byte = "x";
    iovec data{.iov_base = byte.data(), .iov_len = 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    auto* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    *reinterpret_cast<int*>(CMSG_DATA(header)) = 0;
    ASSERT_EQ(::sendmsg(client.fd(), &message, 0), 1);
  }
  EXPECT_EQ(server.receive(3), "xxx");
}

TEST(ForwardingTimeouts, EndsAnIdleConnection) {
  Service service;
  auto pair = pair_to(service.address());
  pair.timeouts.idle = milliseconds(100);
  RunningRelay relay(pair);
  auto client = relay.connect();
  auto server = service.accept();
  EXPECT_EQ(client.wait_for_end(), Ending::reset);
  EXPECT_EQ(server.wait_for_end(), Ending::reset);
  EXPECT_EQ(relay.counters().timed_out, 1U);
}

TEST(ForwardingTimeouts, AByteKeepsAConnectionAlive) {
  Service service;
  auto pair = pair_to(service.address());
  pair.timeouts.idle = milliseconds(300);
  RunningRelay relay(pair);
  auto client = relay.connect();
  auto server = service.accept();
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(server.readable_within(milliseconds(100)));
    client.send("x");
    server.receive(1);
  }
  EXPECT_EQ(relay.counters().timed_out, 0U);
}

TEST(ForwardingTimeouts, EndsAHalfClosedConnection) {
  Service service;
  auto pair = pair_to(service.address());
  pair.timeouts.half_closed = milliseconds(100);
  RunningRelay relay(pair);
  auto client = relay.connect();
  auto server = service.accept();
  EXPECT_FALSE(server.readable_within(milliseconds(200)));
  client.end_sending();
  EXPECT_EQ(server.wait_for_end(), Ending::orderly);
  EXPECT_EQ(client.wait_for_end(), Ending::reset);
  EXPECT_EQ(relay.counters().timed_out, 1U);
}

TEST(ForwardingReversed, DialsFromAndListensAtTo) {
  Service service;
  auto pair = pair_to(service.address());
  std::swap(pair.from, pair.to);
  RunningRelay relay(pair);
  auto client = relay.connect(0, 1);
  auto server = service.accept();
  client.send("1234");
  EXPECT_EQ(server.receive(4), "1234");
  EXPECT_TRUE(eventually([&] { return relay.counters().bytes_back == 4; }));
  EXPECT_EQ(relay.counters().bytes_forward, 0U);
}

}  // namespace
}  // namespace vsockfwd::relay::test
