// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/peer.h"

#include <endian.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace vsockfwd::relay {
namespace {

constexpr unsigned address_bits = 128;
constexpr unsigned mapped_prefix = 96;

in6_addr map_into_v6(const in_addr& v4) {
  in6_addr result{};
  result.s6_addr[10] = result.s6_addr[11] = 0xff;
  std::memcpy(&result.s6_addr[12], &v4, sizeof(v4));
  return result;
}

/// Of an IPv4 or IPv6 address.
in6_addr to_v6(const SocketAddress& address) {
  if (address.family() == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address.get(), sizeof(v4));
    return map_into_v6(v4.sin_addr);
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, address.get(), sizeof(v6));
  return v6.sin6_addr;
}

std::uint64_t half(const in6_addr& address, std::size_t offset) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &address.s6_addr[offset], sizeof(bits));
  return be64toh(bits);
}

bool is_ip(const SocketAddress& address) {
  return address.family() == AF_INET || address.family() == AF_INET6;
}

uid_t connected_by(int fd) {
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  // Without an answer it is nobody's: -1 is no user.
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0) {
    return static_cast<uid_t>(-1);
  }
  return credentials.uid;
}

bool same_start(const in6_addr& a, const in6_addr& b, unsigned bits) {
  const auto bytes = bits / 8;
  if (std::memcmp(&a, &b, bytes) != 0) return false;
  const auto rest = bits % 8;
  return rest == 0 || (a.s6_addr[bytes] ^ b.s6_addr[bytes]) >> (8 - rest) == 0;
}

template <typename T>
bool empty_or_has(const std::vector<T>& list, const T& value) {
  return list.empty() || std::ranges::find(list, value) != list.end();
}

}  // namespace

Peer::Peer(int fd, const SocketAddress& address) : address_(address) {
  if (is_ip(address)) {
    ip_ = to_v6(address);
  } else if (address.family() == AF_UNIX) {
    uid_ = connected_by(fd);
  }
}

PeerKey Peer::key() const {
  if (is_ip(address_)) {
    return IN6_IS_ADDR_V4MAPPED(&ip_) ? PeerKey{AF_INET, half(ip_, 8)}
                                      : PeerKey{AF_INET6, half(ip_, 0)};
  }
  if (address_.family() == AF_UNIX) return {AF_UNIX, uid_};
  return {AF_VSOCK, std::get<VsockAddress>(address_.to_address()).cid};
}

std::string Peer::describe() const {
  if (address_.family() == AF_UNIX) return fmt::format("uid {}", uid_);
  return format_address(address_.to_address());
}

Result<PeerFilter> PeerFilter::make(const PeerPolicy& policy) {
  PeerFilter filter;
  filter.cids_ = policy.cids;
  filter.uids_ = policy.uids;
  for (const auto& text : policy.networks) {
    const auto network = parse_network(text);
    if (!network) return Failure(network.error());
    filter.networks_.push_back(*network);
  }
  return filter;
}

bool PeerFilter::allows(const Peer& peer) const {
  if (is_ip(peer.address_)) {
    return networks_.empty() || std::ranges::any_of(networks_, [&](const Network& network) {
             return same_start(network.address, peer.ip_, network.length);
           });
  }
  if (peer.address_.family() == AF_UNIX) return empty_or_has(uids_, peer.uid_);
  if (peer.address_.family() != AF_VSOCK) return false;  // gone already
  return empty_or_has(cids_, std::get<VsockAddress>(peer.address_.to_address()).cid);
}

Result<PeerFilter::Network> PeerFilter::parse_network(const std::string& text) {
  const auto invalid = [&] {
    return Failure(Error{fmt::format("{:?} is not a network", text),
                         "write ADDRESS or ADDRESS/LENGTH, as in 192.0.2.0/24 or 2001:db8::/32",
                         0});
  };
  const auto slash = text.find('/');
  const auto address = SocketAddress::ip(text.substr(0, slash), 0);
  if (!address) return invalid();

  const unsigned skipped = address->family() == AF_INET ? mapped_prefix : 0;
  unsigned length = address_bits - skipped;
  if (slash != std::string::npos) {
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + slash + 1, end, length);
    if (read.ec != std::errc() || read.ptr != end || length > address_bits - skipped) {
      return invalid();
    }
  }
  return Network{to_v6(*address), skipped + length};
}

}  // namespace vsockfwd::relay
