// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/peer.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "lib/unique_fd.h"

namespace vsockfwd::relay {
namespace {

Peer ip_peer(const std::string& host) {
  return {-1, *SocketAddress::ip(host, 4711)};
}

PeerFilter filter(std::vector<std::string> networks) {
  return *PeerFilter::make({.cids = {}, .networks = std::move(networks), .uids = {}});
}

TEST(PeerFilter, AllowsEverybodyByDefault) {
  EXPECT_TRUE(PeerFilter().allows(ip_peer("192.0.2.1")));
  EXPECT_TRUE(PeerFilter().allows({-1, SocketAddress::vsock(16, 1)}));
}

TEST(PeerFilter, ComparesTheBitsOfNetworks) {
  const auto some = filter({"192.0.2.128/25", "2001:db8::/33", "198.51.100.7"});
  EXPECT_TRUE(some.allows(ip_peer("192.0.2.128")));
  EXPECT_TRUE(some.allows(ip_peer("192.0.2.255")));
  EXPECT_FALSE(some.allows(ip_peer("192.0.2.127")));
  EXPECT_TRUE(some.allows(ip_peer("2001:db8:7fff::1")));
  EXPECT_FALSE(some.allows(ip_peer("2001:db8:8000::1")));
  EXPECT_TRUE(some.allows(ip_peer("198.51.100.7")));
  EXPECT_FALSE(some.allows(ip_peer("198.51.100.6")));
}

TEST(PeerFilter, KnowsIpv4InIpv6) {
  EXPECT_TRUE(filter({"192.0.2.0/24"}).allows(ip_peer("::ffff:192.0.2.1")));
  EXPECT_FALSE(filter({"192.0.2.0/24"}).allows(ip_peer("::ffff:192.0.3.1")));
  // All of IPv4 is not all of IPv6.
  EXPECT_FALSE(filter({"0.0.0.0/0"}).allows(ip_peer("2001:db8::1")));
  EXPECT_TRUE(filter({"::/0"}).allows(ip_peer("192.0.2.1")));
}

TEST(PeerFilter, RefusesWhatIsNoNetwork) {
  for (const std::string text :
       {"", "/", "example.org", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "192.0.2.0/8x",
        "2001:db8::/129", "/24", "192.0.2.0/24/24"}) {
    const auto refused = PeerFilter::make({.cids = {}, .networks = {text}, .uids = {}});
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().message, "\"" + text + "\" is not a network");
  }
}

TEST(PeerFilter, ComparesCids) {
  const auto some = *PeerFilter::make({.cids = {16, 17}, .networks = {}, .uids = {}});
  EXPECT_TRUE(some.allows({-1, SocketAddress::vsock(17, 1)}));
  EXPECT_FALSE(some.allows({-1, SocketAddress::vsock(18, 1)}));
}

TEST(PeerFilter, ComparesUsers) {
  std::array<int, 2> fds{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
  const UniqueFd ours(fds[0]);
  const UniqueFd theirs(fds[1]);
  const Peer self(ours.get(), *SocketAddress::unix_socket({"", false}));
  const auto with = [](std::uint32_t uid) {
    return *PeerFilter::make({.cids = {}, .networks = {}, .uids = {uid}});
  };
  EXPECT_TRUE(with(::getuid()).allows(self));
  EXPECT_FALSE(with(::getuid() + 1).allows(self));
  EXPECT_EQ(self.key(), (PeerKey{AF_UNIX, ::getuid()}));
}

TEST(Peer, KeysTellPeersApartButNotTheirPorts) {
  EXPECT_EQ(ip_peer("192.0.2.1").key(), ip_peer("::ffff:192.0.2.1").key());
  EXPECT_NE(ip_peer("192.0.2.1").key(), ip_peer("192.0.2.2").key());
  EXPECT_EQ(ip_peer("2001:db8::1").key(), ip_peer("2001:db8::ffff:1").key());
  EXPECT_NE(ip_peer("2001:db8::1").key(), ip_peer("2001:db8:0:1::1").key());
  EXPECT_EQ(Peer(-1, SocketAddress::vsock(16, 1)).key(),
            Peer(-1, SocketAddress::vsock(16, 2)).key());
  EXPECT_NE(Peer(-1, SocketAddress::vsock(16, 1)).key(),
            Peer(-1, SocketAddress::vsock(17, 1)).key());
}

}  // namespace
}  // namespace vsockfwd::relay
