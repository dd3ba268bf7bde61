// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_RELAY_H
#define VSOCKFWD_VSOCK_RELAY_RELAY_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/inherited_sockets.h"
#include "lib/result.h"
#include "vsock-relay/config.h"

namespace vsockfwd::relay {

/// Since the start of the pair; survives a reload.
struct Counters {
  std::uint64_t accepted = 0;
  /// Turned away by a PeerPolicy, or because too many of the same peer wait already.
  std::uint64_t refused = 0;
  /// Gone before there was anybody to join them with.
  std::uint64_t abandoned = 0;
  /// No target could be reached, or no partner came.
  std::uint64_t unreachable = 0;
  /// Connections whose two sides were joined. Each ends in one of the ways below.
  std::uint64_t joined = 0;
  std::uint64_t closed = 0;
  std::uint64_t reset = 0;
  std::uint64_t timed_out = 0;
  /// Bytes from Pair::from to Pair::to, and back.
  std::uint64_t bytes_forward = 0;
  std::uint64_t bytes_back = 0;
};

struct PairStatus {
  std::string name;
  /// No configuration names it any more; its last connections go on.
  bool gone = false;
  /// In the form of format_address(); with the port that the kernel chose.
  std::vector<std::string> from;
  std::vector<std::string> to;
  std::uint64_t active = 0;
  /// Sides of a rendezvous that wait for a partner, and clients that wait because their peer is at
  /// its limit.
  std::uint64_t waiting = 0;
  /// Whether a limit keeps clients waiting now, here or in the backlog.
  bool at_limit = false;
  Counters counters;
};

/// The relay itself: listens, connects and copies, in threads of its own. The methods may be called
/// from any one thread.
class Relay {
 public:
  /// Binds all listeners and starts. If one cannot be bound, none stays.
  static Result<std::unique_ptr<Relay>> start(Config config, InheritedSockets inherited);
  /// Ends all connections at once.
  virtual ~Relay() = default;
  /// Takes the new configuration over, whole or not at all. Connections go on, listeners that both
  /// configurations name keep their sockets.
  virtual Result<void> reload(Config config) = 0;
  /// Stops to listen and lets connections end by themselves, at most Config::drain long.
  /// drained_fd() becomes readable when the last one is gone.
  virtual void drain() = 0;
  [[nodiscard]] virtual int drained_fd() const = 0;
  /// Connections that drain() had to end, because their time was over.
  [[nodiscard]] virtual std::size_t broken_off() const = 0;
  /// A consistent view of each pair, and of those that are gone while connections of theirs go on.
  [[nodiscard]] virtual std::vector<PairStatus> status() const = 0;
  /// Returns when every thread has answered: not at all if one hangs.
  virtual void check_alive() = 0;
};

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_RELAY_H
