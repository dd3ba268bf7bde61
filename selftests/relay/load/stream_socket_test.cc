// SPDX-License-Identifier: GPL-2.0
#include "relay/load/stream_socket.h"

#include <gtest/gtest.h>

namespace vsockfwd::relay_load {
namespace {

TEST(SocketAddress, KnowsThreeFamilies) {
  EXPECT_EQ(parse_socket_address("tcp:127.0.0.1:80")->storage.ss_family, AF_INET);
  EXPECT_EQ(parse_socket_address("unix:/run/a:b")->storage.ss_family, AF_UNIX);
  EXPECT_EQ(parse_socket_address("vsock:0xffffffff:80000")->storage.ss_family, AF_VSOCK);
}

TEST(SocketAddress, RefusesTheRest) {
  for (const auto* word : {"", "tcp:", "tcp:localhost:80", "tcp:127.0.0.1", "tcp:127.0.0.1:65536",
                           "unix:", "vsock:1", "vsock:x:1", "udp:127.0.0.1:80"}) {
    EXPECT_FALSE(parse_socket_address(word)) << word;
  }
  EXPECT_FALSE(parse_socket_address("unix:/" + std::string(107, 'x')));
}

}  // namespace
}  // namespace vsockfwd::relay_load
