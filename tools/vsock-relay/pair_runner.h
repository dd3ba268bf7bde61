// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_PAIR_RUNNER_H
#define VSOCKFWD_VSOCK_RELAY_PAIR_RUNNER_H

#include <array>
#include <cstddef>
#include <memory>

#include "lib/listen_socket.h"
#include "vsock-relay/pair_state.h"
#include "vsock-relay/peer.h"
#include "vsock-relay/permit.h"
#include "vsock-relay/worker.h"

namespace vsockfwd::relay {

/// Of Pair::from and Pair::to; none for one that dials.
using PairSockets = std::array<ListenSockets, 2>;

/// Brings the connections of one pair about. Lives in the thread of its home worker; connections,
/// once begun, do not need it. No more begin when it goes.
class PairRunner {
 public:
  PairRunner() = default;
  PairRunner(const PairRunner&) = delete;
  PairRunner& operator=(const PairRunner&) = delete;
  virtual ~PairRunner() = default;

  virtual void start() = 0;
  /// Sides that wait for a partner, and clients that wait for their peer's limit.
  [[nodiscard]] virtual std::size_t waiting() const = 0;
  [[nodiscard]] virtual bool at_limit() const = 0;
};

/// What a runner needs.
struct PairSetup {
  Crew& crew;
  Worker& home;
  Pair config;
  std::shared_ptr<PairState> state;
  /// Of Pair::from and Pair::to.
  std::array<PeerFilter, 2> filters;
  PairSockets sockets;
};

/// Of the shape that the ends ask for. To be called, like everything of the result, in the thread
/// of the home worker.
std::unique_ptr<PairRunner> make_pair_runner(PairSetup setup);

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_PAIR_RUNNER_H
