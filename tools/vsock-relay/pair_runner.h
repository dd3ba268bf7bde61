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

/// A configuration of a pair, and what has been made ready for it.
struct PairSetup {
  Pair config;
  /// Of Pair::from and Pair::to.
  std::array<PeerFilter, 2> filters;
  PairSockets sockets;
};

/// Brings the connections of one pair about. Lives in the thread of its home worker; connections,
/// once begun, do not need it. No more begin when it goes, and those who wait go with it.
class PairRunner {
 public:
  PairRunner() = default;
  PairRunner(const PairRunner&) = delete;
  PairRunner& operator=(const PairRunner&) = delete;
  virtual ~PairRunner() = default;

  /// Accepts and dials. After pause(), the configuration may be another one of the same shape:
  /// those who wait go on waiting, unless it does not allow them.
  virtual void start(PairSetup setup) = 0;
  /// Accepts and dials no more, and leaves the sockets alone.
  virtual void pause() = 0;
  /// Sides that wait for a partner, and clients that wait for their peer's limit.
  [[nodiscard]] virtual std::size_t waiting() const = 0;
  [[nodiscard]] virtual bool at_limit() const = 0;
};

/// Whether the runner of one can go on as that of the other.
bool same_shape(const Pair& one, const Pair& other);

/// Of the shape that `config` asks for. To be called, like everything of the result, in the thread
/// of the home worker.
std::unique_ptr<PairRunner> make_pair_runner(const Pair& config, Crew& crew, Worker& home,
                                             std::shared_ptr<PairState> state);

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_PAIR_RUNNER_H
