// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_CONFIG_H
#define VSOCKFWD_VSOCK_RELAY_CONFIG_H

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lib/address.h"
#include "lib/daemon_config.h"
#include "lib/listen_socket.h"

namespace vsockfwd::relay {

using std::chrono::milliseconds;

/// Which peers a listener takes. Empty lists allow everybody.
struct PeerPolicy {
  /// CIDs that may connect to a vsock: listener.
  std::vector<Cid> cids;
  /// Networks that may connect to a tcp: listener, as ADDRESS or ADDRESS/LENGTH.
  std::vector<std::string> networks;
  /// User IDs that may connect to a unix: listener.
  std::vector<std::uint32_t> uids;
  friend bool operator==(const PeerPolicy&, const PeerPolicy&) = default;
};

/// How many connections at once, and how fast. What is over a limit waits in the listener's
/// backlog.
struct Limits {
  /// 1 to 1,000,000.
  std::uint32_t max_connections = 1024;
  /// Of one peer: a CID, an IP address (IPv6: a /64) or a user ID. Unset: no more than the above.
  std::optional<std::uint32_t> max_connections_per_peer = {};
  /// New connections a second, in bursts of as many; unset: no limit.
  std::optional<std::uint32_t> max_rate = {};
  friend bool operator==(const Limits&, const Limits&) = default;
};

/// Unset: no limit in time.
struct Timeouts {
  /// For one attempt to reach one address of a target, its handshake included.
  milliseconds connect{10'000};
  /// No byte in either direction.
  std::optional<milliseconds> idle;
  /// From the end of one direction to the end of the other.
  std::optional<milliseconds> half_closed;
  friend bool operator==(const Timeouts&, const Timeouts&) = default;
};

/// Where connections come from.
struct Listener {
  Address address;
  ListenOptions options;
  PeerPolicy allow;
  friend bool operator==(const Listener&, const Listener&) = default;
};

/// Which addresses of a name are tried.
enum class Family { any, ipv4, ipv6 };

/// Whether addresses of that kind are among them.
constexpr bool has(Family family, sa_family_t kind) {
  return family == Family::any || kind == (family == Family::ipv4 ? AF_INET : AF_INET6);
}

/// Where connections go: the targets are tried in turn.
struct Dialer {
  std::vector<Address> targets;
  /// Of tcp: targets.
  Family family = Family::any;
  /// Rounds through all targets before a connection is given up; 0 goes on for ever.
  std::uint32_t attempts = 1;
  /// The pause after a round; doubles with each, up to `backoff_max`.
  milliseconds backoff{100};
  milliseconds backoff_max{10'000};
  friend bool operator==(const Dialer&, const Dialer&) = default;
};

using End = std::variant<Listener, Dialer>;

/// Two ends joined. Listener to dialer is a plain relay: each connection that comes in is joined to
/// one that goes out. Two listeners or two dialers are a rendezvous: their sessions are paired in
/// the order in which they come, and what a side has sent before it has a partner is dropped.
struct Pair {
  /// Unique in a configuration; names the pair in logs, metrics and status.
  std::string name;
  End from;
  End to;
  Limits limits;
  Timeouts timeouts;
  /// Pass on the end of one direction while the other goes on. Without it, the end of either
  /// direction ends both, once what was read has been written.
  bool half_close = true;
  /// Of a rendezvous: how long an unpaired side is held.
  milliseconds hold{60'000};
  friend bool operator==(const Pair&, const Pair&) = default;
};

/// A whole configuration: from a file, or from the command line.
struct Config {
  DaemonConfig daemon;
  std::vector<Pair> pairs;
  /// Of all pairs together.
  Limits limits{100'000, {}, {}};
  /// Threads; 0 means one a processor.
  std::uint32_t workers = 0;
  /// An allowlist of AWS vsock-proxy that has every tcp: target; empty allows all.
  std::string target_allowlist;
  /// Bring the loopback interface up at the start, as nobody else does inside an enclave.
  bool setup_lo = false;
};

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_CONFIG_H
