// SPDX-License-Identifier: Apache-2.0
#include "lib/socket.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <array>
#include <chrono>
#include <string>

namespace vsockfwd {
namespace {

std::string congestion_control_of(int fd) {
  std::array<char, 64> name{};
  socklen_t size = name.size();
  EXPECT_EQ(::getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name.data(), &size), 0);
  return name.data();
}

std::string default_congestion_control() {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return congestion_control_of(fd.get());
}

/// A connection to a listener at `host`.
struct Connection {
  explicit Connection(const char* host) {
    auto opened = open_listener(*SocketAddress::ip(host, 0), 1);
    EXPECT_TRUE(opened) << opened.error().message;
    listener = std::move(*opened);
    dialled = std::move(*open_stream_socket(AF_INET));
    EXPECT_TRUE(
        begin_connect(dialled.get(), local_address(listener.get()), std::chrono::seconds(1)));
    pollfd incoming{.fd = listener.get(), .events = POLLIN, .revents = 0};
    EXPECT_EQ(::poll(&incoming, 1, 10'000), 1);
    accepted = UniqueFd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }

  UniqueFd listener;
  UniqueFd dialled;
  UniqueFd accepted;
};

TEST(Socket, LoopbackIsNotPaced) {
  const Connection connection("127.0.0.1");
  EXPECT_EQ(congestion_control_of(connection.dialled.get()), "reno");
  EXPECT_EQ(congestion_control_of(connection.accepted.get()), "reno");
}

TEST(Socket, OtherConnectionsKeepTheirCongestionControl) {
  // The address of all interfaces reaches this machine as well, but not only.
  const Connection connection("0.0.0.0");
  EXPECT_EQ(congestion_control_of(connection.dialled.get()), default_congestion_control());
  EXPECT_EQ(congestion_control_of(connection.accepted.get()), default_congestion_control());
}

}  // namespace
}  // namespace vsockfwd
