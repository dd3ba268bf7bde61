// SPDX-License-Identifier: Apache-2.0
// Listeners fd:, of which only the engine learns what they are.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
// Needs what <sys/socket.h> declares.
#include <linux/vm_sockets.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "lib/socket_address.h"
#include "vsock-relay/test_peers.h"

namespace vsockfwd::relay::test {
namespace {

/// As a service manager makes it: without any of our options.
UniqueFd listener(const SocketAddress& address, int type = SOCK_STREAM) {
  UniqueFd fd(::socket(address.family(), type | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::bind(fd.get(), address.get(), address.size()), 0) << std::strerror(errno);
  EXPECT_EQ(::listen(fd.get(), 7), 0);
  return fd;
}

UniqueFd tcp_listener(const char* host = "127.0.0.1") {
  return listener(*SocketAddress::ip(host, 0));
}

/// The kernel chooses a name.
SocketAddress any_unix() {
  sockaddr nameless{};
  nameless.sa_family = AF_UNIX;
  return {&nameless, sizeof(nameless.sa_family)};
}

const auto any_vsock = SocketAddress::vsock(any_cid, VMADDR_PORT_ANY);

bool has_vsock() {
  const UniqueFd probe(::socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return static_cast<bool>(probe);
}

/// A configuration whose one pair listens at fd:web, and a relay that gets sockets of that name.
class Inherited : public testing::Test {
 protected:
  /// Another descriptor of the same socket.
  UniqueFd hand_over(UniqueFd fd) {
    UniqueFd ours(::dup(fd.get()));
    sockets_.emplace("web", std::move(fd));
    return ours;
  }

  [[nodiscard]] static Listener web(PeerPolicy allow, std::optional<int> backlog = {}) {
    Listener listener{InheritedAddress{"web"}, {}, std::move(allow)};
    listener.options.backlog = backlog;
    return listener;
  }

  Result<std::unique_ptr<Relay>> start(const End& from, const End& to) {
    Config config;
    config.workers = 1;
    config.pairs = {make_pair(from, to)};
    return Relay::start(config, InheritedSockets(std::exchange(sockets_, {})));
  }

  Result<std::unique_ptr<Relay>> start(const Listener& from) {
    return start(from, Dialer{.targets = {nobody()}});
  }

  static std::string message(const Result<std::unique_ptr<Relay>>& relay) {
    return relay ? "" : relay.error().message;
  }

 private:
  SocketsByName sockets_;
};

const PeerPolicy some_cids{.cids = {16}, .networks = {}, .uids = {}};
const PeerPolicy some_networks{.cids = {}, .networks = {"192.0.2.0/24"}, .uids = {}};
const PeerPolicy some_users{.cids = {}, .networks = {}, .uids = {4711}};
const PeerPolicy users_and_networks{.cids = {}, .networks = {"192.0.2.0/24"}, .uids = {4711}};

TEST_F(Inherited, ListsNeedASocketOfTheirKind) {
  hand_over(tcp_listener());
  EXPECT_EQ(message(start(web(some_cids))),
            "pair \"test\": allow_cids has no effect: no vsock socket was handed over");
  hand_over(tcp_listener());
  EXPECT_EQ(message(start(web(users_and_networks))),
            "pair \"test\": allow_uids has no effect: no unix socket was handed over");
  hand_over(listener(any_unix()));
  EXPECT_EQ(message(start(web(some_networks))),
            "pair \"test\": allow_networks has no effect: no TCP socket was handed over");
  hand_over(tcp_listener("::1"));
  EXPECT_EQ(message(start(web(some_networks))), "");
  hand_over(listener(any_unix()));
  EXPECT_EQ(message(start(web(some_users))), "");
}

TEST_F(Inherited, CidsAreForVsock) {
  if (!has_vsock()) GTEST_SKIP() << "there is no vsock here";
  hand_over(listener(any_vsock));
  EXPECT_EQ(message(start(web(some_cids))), "");
}

TEST_F(Inherited, NoSocketIsOpenToEverybodyBesideAList) {
  hand_over(listener(any_unix()));
  hand_over(tcp_listener());
  const auto refused = start(web(some_users));
  ASSERT_FALSE(refused);
  EXPECT_EQ(message(refused),
            "pair \"test\": \"fd:web\" has a TCP socket, which is open to everybody: allow_uids is "
            "not for it");
  EXPECT_EQ(refused.error().hint, "allow_networks says who may connect to it; ::/0 is everybody");
  hand_over(listener(any_unix()));
  hand_over(tcp_listener());
  EXPECT_EQ(message(start(web(users_and_networks))), "");
}

TEST_F(Inherited, ListsOfARendezvousMayBeForTheOtherSide) {
  const auto other = [](const PeerPolicy& policy) {
    return Listener{TcpAddress{"127.0.0.1", 0}, {}, policy};
  };
  hand_over(listener(any_unix()));
  EXPECT_EQ(message(start(other(users_and_networks), web(users_and_networks))), "");
  hand_over(listener(any_unix()));
  EXPECT_EQ(message(start(other(some_networks), web(some_networks))),
            "pair \"test\": \"fd:web\" has a unix socket, which is open to everybody: "
            "allow_networks is not for it");
}

TEST_F(Inherited, OnlyStreamsAreRelayed) {
  hand_over(listener(any_unix(), SOCK_SEQPACKET));
  EXPECT_EQ(message(start(web({}))),
            "pair \"test\": what was handed over is not a listening stream socket of TCP, vsock or "
            "unix");
}

bool sends_at_once(int fd) {
  int at_once = 0;
  socklen_t size = sizeof(at_once);
  EXPECT_EQ(::getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, &size), 0);
  return at_once == 1;
}

/// The other end of a connection, which this process has, too.
int other_end(const Stream& stream) {
  const auto address = local_address(stream.fd()).to_address();
  int fd = 0;
  while (fd < 1024 && peer_address(fd).to_address() != address) ++fd;
  return fd;
}

TEST_F(Inherited, TcpSendsAtOnceAndIsNotPacedOnThisMachine) {
  const auto socket = hand_over(tcp_listener());
  auto early = Stream::connect(local_address(socket.get()).to_address());
  Service service;
  const auto relay = start(web({}), Dialer{.targets = {service.address()}});
  ASSERT_TRUE(relay);
  EXPECT_TRUE(sends_at_once(socket.get()));
  service.accept().send("x");
  early.receive(1);
  EXPECT_TRUE(sends_at_once(other_end(early)));
  std::array<char, 64> control{};
  socklen_t size = control.size();
  ASSERT_EQ(::getsockopt(socket.get(), IPPROTO_TCP, TCP_CONGESTION, control.data(), &size), 0);
  EXPECT_STREQ(control.data(), "reno");
}

TEST_F(Inherited, VsockHasRoom) {
  if (!has_vsock()) GTEST_SKIP() << "there is no vsock here";
  const auto socket = hand_over(listener(any_vsock));
  const auto relay = start(web({}));
  ASSERT_TRUE(relay) << message(relay);
  std::uint64_t bytes = 0;
  socklen_t size = sizeof(bytes);
  ASSERT_EQ(::getsockopt(socket.get(), AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &bytes, &size), 0);
  EXPECT_EQ(bytes, 1024U * 1024U);
}

int backlog_of(const UniqueFd& listening) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  EXPECT_EQ(::getsockopt(listening.get(), IPPROTO_TCP, TCP_INFO, &info, &size), 0);
  // Of a listening socket, this field has another meaning.
  return static_cast<int>(info.tcpi_sacked);
}

TEST_F(Inherited, TheQueueIsAsLongAsAskedFor) {
  const auto socket = hand_over(tcp_listener());
  const auto relay = start(web({}));
  ASSERT_TRUE(relay);
  EXPECT_EQ(backlog_of(socket), 7);

  Config config;
  config.pairs = {make_pair(web({}, 3), Dialer{.targets = {nobody()}})};
  ASSERT_TRUE((*relay)->reload(config));
  EXPECT_EQ(backlog_of(socket), 3);

  const auto another = hand_over(tcp_listener());
  const auto with_backlog = start(web({}, 5));
  ASSERT_TRUE(with_backlog);
  EXPECT_EQ(backlog_of(another), 5);
}

}  // namespace
}  // namespace vsockfwd::relay::test
