// SPDX-License-Identifier: GPL-2.0
#include "common/traffic.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "common/pattern.h"

namespace vsockfwd::programs {
namespace {

/// Bytes that may be on their way to an echo and back. Fits into the default buffer of a socket, so
/// that neither end waits for the other to receive while the other does the same.
constexpr std::uint64_t echo_window = 128 * 1024;

Failure corrupt(std::string message) {
  return Failure(Error{std::move(message), {}, EBADMSG});
}

/// Sends the pattern, message by message.
class Sender {
 public:
  Sender(Channel& channel, const Traffic& traffic)
      : channel_(channel), traffic_(traffic), pattern_(traffic.seed) {}

  [[nodiscard]] std::uint64_t sent() const { return sent_; }

  [[nodiscard]] bool done() const {
    return sent_ >= traffic_.bytes || messages_ >= traffic_.messages ||
           Clock::now() >= traffic_.until;
  }

  Result<void> send_next() {
    auto shape = message_shape(traffic_.seed, messages_);
    if (channel_.type() == SocketType::stream) {
      shape.length = std::min<std::uint64_t>(shape.length, traffic_.bytes - sent_);
    }
    const auto message = std::span(buffer_).first(shape.length);
    pattern_.fill(sent_, message);
    ++messages_;
    sent_ += shape.length;
    return channel_.send(message, shape.end_of_record);
  }

 private:
  Channel& channel_;
  const Traffic& traffic_;
  Pattern pattern_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(max_message);
  std::uint64_t messages_ = 0;
  std::uint64_t sent_ = 0;
};

/// Receives the pattern, and checks it.
class Checker {
 public:
  Checker(Channel& channel, std::uint64_t seed) : channel_(channel), seed_(seed), pattern_(seed) {}

  [[nodiscard]] std::uint64_t received() const { return received_; }

  /// False at the end.
  Result<bool> receive_next() {
    const auto received = channel_.receive(buffer_);
    if (!received) return Failure(received.error());
    if (received->length == 0) return false;
    return check_boundary(*received).and_then([&] { return check_bytes(received->length); });
  }

 private:
  Result<void> check_boundary(const Received& received) {
    if (channel_.type() == SocketType::stream) return {};
    const auto expected = message_shape(seed_, messages_);
    if (received.length != expected.length || received.end_of_record != expected.end_of_record) {
      return corrupt(fmt::format("message {} has {} bytes{}, expected were {}{}", messages_,
                                 received.length, received.end_of_record ? " and MSG_EOR" : "",
                                 expected.length, expected.end_of_record ? " and MSG_EOR" : ""));
    }
    ++messages_;
    return {};
  }

  Result<bool> check_bytes(std::size_t length) {
    const auto expected = std::span(expected_).first(length);
    pattern_.fill(received_, expected);
    const auto wrong = std::ranges::mismatch(expected, std::span(buffer_).first(length)).in1;
    if (wrong != expected.end()) {
      return corrupt(fmt::format("byte {} is not what was sent",
                                 received_ + static_cast<std::uint64_t>(wrong - expected.begin())));
    }
    received_ += length;
    return true;
  }

  Channel& channel_;
  std::uint64_t seed_;
  Pattern pattern_;
  // One byte more than any message, so that one that is too long is seen as such.
  std::vector<std::byte> buffer_ = std::vector<std::byte>(max_message + 1);
  std::vector<std::byte> expected_ = std::vector<std::byte>(max_message + 1);
  std::uint64_t messages_ = 0;
  std::uint64_t received_ = 0;
};

Result<std::uint64_t> send_one_way(Channel& channel, const Traffic& traffic) {
  Sender sender(channel, traffic);
  while (!sender.done()) {
    if (const auto sent = sender.send_next(); !sent) return Failure(sent.error());
  }
  if (const auto ended = channel.end_sending(); !ended) return Failure(ended.error());

  // The end comes when the server has checked everything.
  std::byte unexpected{};
  const auto end = channel.receive(std::span(&unexpected, 1));
  if (!end) return Failure(end.error());
  if (end->length != 0) return corrupt("the peer sent something that nobody asked for");
  return sender.sent();
}

Result<std::uint64_t> check_one_way(Channel& channel, const Traffic& traffic) {
  Checker checker(channel, traffic.seed);
  for (;;) {
    const auto more = checker.receive_next();
    if (!more) return Failure(more.error());
    if (!*more) return checker.received();
  }
}

Result<std::uint64_t> send_and_check_echo(Channel& channel, const Traffic& traffic) {
  Sender sender(channel, traffic);
  Checker checker(channel, traffic.seed);
  bool sending = true;
  for (;;) {
    if (sending && sender.done()) {
      if (const auto ended = channel.end_sending(); !ended) return Failure(ended.error());
      sending = false;
    }
    if (sending && sender.sent() - checker.received() <= echo_window - max_message) {
      if (const auto sent = sender.send_next(); !sent) return Failure(sent.error());
      continue;
    }
    const auto more = checker.receive_next();
    if (!more) return Failure(more.error());
    if (!*more) break;
  }
  if (checker.received() != sender.sent()) {
    return corrupt(
        fmt::format("the echo ended after {} of {} bytes", checker.received(), sender.sent()));
  }
  return sender.sent();
}

Result<std::uint64_t> echo(Channel& channel) {
  std::vector<std::byte> buffer(max_message);
  std::uint64_t total = 0;
  for (;;) {
    const auto received = channel.receive(buffer);
    if (!received) return Failure(received.error());
    if (received->length == 0) return total;
    if (received->length > buffer.size()) {
      return corrupt(fmt::format("a message of {} bytes came, longer than any that is sent",
                                 received->length));
    }
    const auto sent =
        channel.send(std::span(buffer).first(received->length), received->end_of_record);
    if (!sent) return Failure(sent.error());
    total += received->length;
  }
}

}  // namespace

Result<std::uint64_t> run_client(Channel& channel, const Traffic& traffic) {
  return traffic.one_way ? send_one_way(channel, traffic) : send_and_check_echo(channel, traffic);
}

Result<std::uint64_t> run_server(Channel& channel, const Traffic& traffic) {
  return traffic.one_way ? check_one_way(channel, traffic) : echo(channel);
}

}  // namespace vsockfwd::programs
