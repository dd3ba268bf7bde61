// SPDX-License-Identifier: Apache-2.0
#include "lib/socket_address.h"

#include <gtest/gtest.h>
// Needs what <sys/socket.h> declares.
#include <linux/vm_sockets.h>

#include <string>

namespace vsockfwd {
namespace {

TEST(SocketAddress, ReadsFiguresAndNoNames) {
  const auto v4 = SocketAddress::ip("192.0.2.1", 80);
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->family(), AF_INET);
  EXPECT_EQ(v4->to_address(), Address(TcpAddress{"192.0.2.1", 80}));

  const auto v6 = SocketAddress::ip("2001:db8::1", 443);
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->family(), AF_INET6);
  EXPECT_EQ(v6->to_address(), Address(TcpAddress{"2001:db8::1", 443}));

  EXPECT_TRUE(SocketAddress::ip("fe80::1%lo", 1));
  EXPECT_FALSE(SocketAddress::ip("fe80::1%nosuchinterface", 1));
  EXPECT_FALSE(SocketAddress::ip("localhost", 1));
  EXPECT_FALSE(SocketAddress::ip("", 1));
}

TEST(SocketAddress, ChangesThePort) {
  EXPECT_EQ(SocketAddress::ip("192.0.2.1", 0)->with_ip_port(7).to_address(),
            Address(TcpAddress{"192.0.2.1", 7}));
  EXPECT_EQ(SocketAddress::ip("::1", 0)->with_ip_port(7).to_address(),
            Address(TcpAddress{"::1", 7}));
}

TEST(SocketAddress, KnowsLoopback) {
  for (const auto* host : {"127.0.0.1", "127.255.255.254", "::1"}) {
    EXPECT_TRUE(SocketAddress::ip(host, 1)->is_loopback()) << host;
  }
  for (const auto* host : {"0.0.0.0", "126.0.0.1", "128.0.0.1", "::", "::2", "fe80::1"}) {
    EXPECT_FALSE(SocketAddress::ip(host, 1)->is_loopback()) << host;
  }
  EXPECT_FALSE(SocketAddress().is_loopback());
  EXPECT_FALSE(SocketAddress::vsock(VMADDR_CID_LOCAL, 1).is_loopback());
  EXPECT_FALSE(SocketAddress::unix_socket({"/run/a", false})->is_loopback());
}

TEST(SocketAddress, KeepsVsockNumbersWhole) {
  const auto address = SocketAddress::vsock(0xfffffffe, 0xfffffffd);
  EXPECT_EQ(address.family(), AF_VSOCK);
  EXPECT_EQ(address.to_address(), Address(VsockAddress{0xfffffffe, 0xfffffffd}));
}

TEST(SocketAddress, KeepsUnixNames) {
  for (const auto& name : {UnixAddress{"/run/a", false}, UnixAddress{"a", true}}) {
    const auto address = SocketAddress::unix_socket(name);
    ASSERT_TRUE(address);
    EXPECT_EQ(address->to_address(), Address(name));
  }
}

TEST(SocketAddress, RefusesPathsThatAreTooLong) {
  EXPECT_TRUE(SocketAddress::unix_socket({std::string(107, 'x'), false}));
  EXPECT_TRUE(SocketAddress::unix_socket({std::string(107, 'x'), true}));
  const auto address = SocketAddress::unix_socket({std::string(108, 'x'), false});
  ASSERT_FALSE(address);
  EXPECT_EQ(address.error().code, ENAMETOOLONG);
  EXPECT_NE(address.error().message.find("has 108 bytes, the kernel takes 107"), std::string::npos);
}

}  // namespace
}  // namespace vsockfwd
