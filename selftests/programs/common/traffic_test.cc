// SPDX-License-Identifier: GPL-2.0
#include "common/traffic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <functional>
#include <vector>

namespace vsockfwd::programs {
namespace {

struct Message {
  std::vector<std::byte> bytes;
  bool end_of_record = false;
};

/// A peer that echoes each message, except for what a test does to it.
class EchoingChannel : public Channel {
 public:
  explicit EchoingChannel(SocketType type) : type_(type) {}

  [[nodiscard]] SocketType type() const override { return type_; }
  [[nodiscard]] Address local() const override { return {}; }
  [[nodiscard]] Address peer() const override { return {}; }

  Result<void> send(std::span<const std::byte> data, bool end_of_record) override {
    echo.push_back({{data.begin(), data.end()}, end_of_record});
    ++sent_messages;
    return {};
  }

  Result<Received> receive(std::span<std::byte> out) override {
    if (tamper) std::exchange(tamper, nullptr)(echo);
    if (echo.empty()) return Received{};
    const auto message = echo.front();
    echo.pop_front();
    std::copy_n(message.bytes.begin(), std::min(out.size(), message.bytes.size()), out.begin());
    return Received{.length = message.bytes.size(), .end_of_record = message.end_of_record};
  }

  Result<void> end_sending() override { return {}; }

  std::deque<Message> echo;
  std::uint64_t sent_messages = 0;
  /// Called once, when the first of the echo is received.
  std::function<void(std::deque<Message>&)> tamper;

 private:
  SocketType type_;
};

class TrafficTest : public testing::TestWithParam<SocketType> {
 protected:
  /// Sends some traffic and returns the errno of what went wrong, or 0.
  int run(std::function<void(std::deque<Message>&)> tamper) {
    EchoingChannel channel(GetParam());
    channel.tamper = std::move(tamper);
    const auto result = run_client(channel, {.messages = 100});
    return result ? 0 : result.error().code;
  }
};

class SeqpacketTrafficTest : public TrafficTest {};

constexpr auto type_name = [](const testing::TestParamInfo<SocketType>& info) {
  return info.param == SocketType::stream ? "stream" : "seqpacket";
};
INSTANTIATE_TEST_SUITE_P(Types, TrafficTest,
                         testing::Values(SocketType::stream, SocketType::seqpacket), type_name);
INSTANTIATE_TEST_SUITE_P(Types, SeqpacketTrafficTest, testing::Values(SocketType::seqpacket),
                         type_name);

TEST_P(TrafficTest, AcceptsAFaithfulEcho) {
  EXPECT_EQ(run(nullptr), 0);
}

TEST_P(TrafficTest, SendsAtLeastTheBytesAskedFor) {
  EchoingChannel channel(GetParam());
  const auto sent = run_client(channel, {.bytes = 1000000});
  ASSERT_TRUE(sent);
  if (GetParam() == SocketType::stream) {
    EXPECT_EQ(*sent, 1000000U);
  } else {
    EXPECT_GE(*sent, 1000000U);
  }
}

TEST_P(TrafficTest, SendsTheMessagesAskedFor) {
  EchoingChannel channel(GetParam());
  ASSERT_TRUE(run_client(channel, {.messages = 7}));
  EXPECT_EQ(channel.sent_messages, 7U);
}

TEST_P(TrafficTest, SeesAChangedByte) {
  EXPECT_EQ(run([](auto& echo) { echo.back().bytes.back() ^= std::byte{1}; }), EBADMSG);
}

TEST_P(TrafficTest, SeesALostByte) {
  EXPECT_EQ(run([](auto& echo) { echo.front().bytes.pop_back(); }), EBADMSG);
}

TEST_P(TrafficTest, SeesALostMessage) {
  EXPECT_EQ(run([](auto& echo) { echo.pop_front(); }), EBADMSG);
}

TEST_P(TrafficTest, SeesADoubledMessage) {
  EXPECT_EQ(run([](auto& echo) { echo.push_front(echo.front()); }), EBADMSG);
}

TEST_P(TrafficTest, SeesAnEchoThatEndsEarly) {
  EXPECT_EQ(run([](auto& echo) { echo.clear(); }), EBADMSG);
}

TEST_P(TrafficTest, TheServerChecksWhatComesInOneDirection) {
  EchoingChannel channel(GetParam());
  constexpr std::uint64_t seed = 5;
  ASSERT_TRUE(run_client(channel, {.seed = seed, .messages = 20}));
  for (const std::uint64_t expected : {seed, seed + 1}) {
    EchoingChannel received(GetParam());
    EchoingChannel source(GetParam());
    source.tamper = [&](auto& echo) { std::swap(received.echo, echo); };
    static_cast<void>(run_client(source, {.seed = seed, .messages = 1}));
    const auto checked = run_server(received, {.seed = expected, .one_way = true});
    EXPECT_EQ(checked.has_value(), expected == seed);
  }
}

TEST_P(SeqpacketTrafficTest, SeesMessagesThatWereMerged) {
  EXPECT_EQ(run([](auto& echo) {
              auto& first = echo.at(0).bytes;
              const auto& second = echo.at(1).bytes;
              first.insert(first.end(), second.begin(), second.end());
              echo.erase(echo.begin() + 1);
            }),
            EBADMSG);
}

TEST_P(SeqpacketTrafficTest, SeesARecordThatDoesNotEnd) {
  EXPECT_EQ(run([](auto& echo) { echo.front().end_of_record = !echo.front().end_of_record; }),
            EBADMSG);
}

}  // namespace
}  // namespace vsockfwd::programs
