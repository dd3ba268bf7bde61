// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_PAIR_STATE_H
#define VSOCKFWD_VSOCK_RELAY_PAIR_STATE_H

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "lib/result.h"
#include "lib/warning.h"
#include "vsock-relay/config.h"
#include "vsock-relay/pair_counters.h"
#include "vsock-relay/permit.h"

namespace vsockfwd::relay {

/// The limits of a pair.
///
/// In a rendezvous each side has limits of its own, and may fill them while it waits. Only a
/// connection of two counts among all pairs: else one side could take all places, and wait for a
/// partner who finds none. For the same reason each side has places to wait of its own.
struct PairGates {
  PairGates(const Pair& pair, const std::shared_ptr<Admission>& total);
  void set_limits(const Pair& pair);

  /// For a connection as a whole.
  std::shared_ptr<Gate> joined;
  /// Of a rendezvous: those who wait on one side.
  std::array<std::shared_ptr<Admission>, 2> waiting;
  /// Of a rendezvous: for one side. Those who have found a partner leave `waiting`.
  std::array<std::shared_ptr<Gate>, 2> sides;
};

/// What may be wrong with a pair; each pair has its own, so that none drowns what others have to
/// say.
struct PairWarnings {
  Warning unreachable;
  /// A target cannot be reached, and another follows.
  Warning passed_over;
  /// A peer is not allowed to connect.
  Warning refused;
  /// A peer has too many connections.
  Warning crowded;
  Warning cannot_accept;
};

/// What outlives a configuration: all that has the same name is the same pair.
struct PairState {
  PairState(const Pair& pair, std::size_t workers, const std::shared_ptr<Admission>& total)
      : name(pair.name), counters(workers), gates(pair, total) {}

  /// At most so many clients wait on each side for a partner, and as many for their peer's limit.
  void set_places_to_wait(std::uint32_t places);

  std::string name;
  PairCounters counters;
  PairGates gates;
  PairWarnings warnings;
  /// For clients that wait at one listener for their peer's limit.
  std::atomic<std::uint32_t> most_parked = 0;
};

/// How many places to wait a pair has in all are its places to wait times this.
std::uint32_t waiting_rooms(const Pair& pair);

/// Logs why a target of the pair cannot be reached.
void warn_unreachable(PairState& pair, const Error& error);
/// Logs why the next target of the pair is tried.
void warn_passed_over(PairState& pair, const Error& error);

/// How the connections of a pair behave: as the pair was configured when they began.
struct SessionOptions {
  std::shared_ptr<PairState> pair;
  Timeouts timeouts;
  bool half_close = true;
};

/// Whether two sides come by themselves, or are both dialled.
bool is_rendezvous(const Pair& pair);

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_PAIR_STATE_H
