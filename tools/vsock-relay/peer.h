// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_PEER_H
#define VSOCKFWD_VSOCK_RELAY_PEER_H

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lib/result.h"
#include "lib/socket_address.h"
#include "vsock-relay/config.h"

namespace vsockfwd::relay {

/// Whose connection it is, as far as limits go: a CID, an IPv4 address, the first 64 bits of an
/// IPv6 address (one customer may well have all that follow), or a user ID.
struct PeerKey {
  sa_family_t family = AF_UNSPEC;
  std::uint64_t number = 0;
  friend bool operator==(const PeerKey&, const PeerKey&) = default;
};

struct PeerKeyHash {
  std::size_t operator()(const PeerKey& key) const {
    return std::hash<std::uint64_t>()(key.number * 31 + key.family);
  }
};

/// Who is at the other end of an accepted socket, from its address; of a unix socket, the user who
/// connected it.
class Peer {
 public:
  Peer(int fd, const SocketAddress& address);
  /// Asks the kernel for the address, which it has forgotten if the peer is gone.
  explicit Peer(int fd) : Peer(fd, peer_address(fd)) {}

  [[nodiscard]] PeerKey key() const;
  /// For people: tcp:192.0.2.1:4711, vsock:16:1024 or uid 1000.
  [[nodiscard]] std::string describe() const;

 private:
  friend class PeerFilter;

  SocketAddress address_;
  /// Of an IP address; IPv4 is mapped into IPv6.
  in6_addr ip_{};
  uid_t uid_ = 0;
};

/// A PeerPolicy, ready for use.
class PeerFilter {
 public:
  /// Allows everybody.
  PeerFilter() = default;
  /// Fails if a network is not written as one.
  static Result<PeerFilter> make(const PeerPolicy& policy);

  [[nodiscard]] bool allows(const Peer& peer) const;

 private:
  struct Network {
    in6_addr address;
    /// Of the first bits, 0 to 128.
    unsigned length;
  };

  static Result<Network> parse_network(const std::string& text);

  std::vector<Cid> cids_;
  std::vector<Network> networks_;
  std::vector<std::uint32_t> uids_;
};

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_PEER_H
