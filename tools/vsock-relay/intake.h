// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_INTAKE_H
#define VSOCKFWD_VSOCK_RELAY_INTAKE_H

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>

#include "lib/listen_socket.h"
#include "vsock-relay/pair_state.h"
#include "vsock-relay/peer.h"
#include "vsock-relay/permit.h"
#include "vsock-relay/worker.h"

namespace vsockfwd::relay {

/// Accepts connections for one listener, as far as its gate permits.
///
/// A peer that has all the connections that it may have must not keep others waiting, and only
/// accept() tells who it is. So its next connections wait here, not in the backlog: a few of each
/// peer, untouched, without a permit, in the order in which they came. More of them are reset.
class Intake final : public EventHandler,
                     private Timer,
                     private Admission::Waiter,
                     public std::enable_shared_from_this<Intake> {
 public:
  using Arrived = std::function<void(UniqueFd client, Permit permit)>;

  /// `home` is the worker in whose thread everything happens here.
  Intake(Worker& home, std::shared_ptr<PairState> pair, std::shared_ptr<Gate> gate,
         Arrived arrived);
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;
  ~Intake() override;

  /// Those who wait here since before stop() go on waiting, if `filter` allows them.
  void start(PeerFilter filter, ListenSockets sockets);
  /// Accepts no more. The sockets go on listening.
  void stop();

  /// Clients that wait here, because their peer has all the connections that it may have.
  [[nodiscard]] std::size_t parked() const { return parked_.size(); }
  /// Clients wait here, or may be waiting in the backlog.
  [[nodiscard]] bool at_limit() const { return paused_ || !parked_.empty(); }

  void on_events(std::uint32_t events, unsigned tag) override;

 private:
  struct Parked {
    UniqueFd fd;
    PeerKey peer;
  };

  void accept_some();
  /// False if there is nobody, or no permit.
  bool accept_one(const ListenSocket& socket);
  bool accept_failed(int code);
  void rest_for(int code);
  void receive(UniqueFd fd, const Peer& peer, Permit permit);
  void refuse(UniqueFd fd, const Peer& peer);
  void park(UniqueFd fd, const Peer& peer);
  void start_parked();

  std::optional<Permit> ask_for_permit();
  void pause();
  void resume();
  void wake() override;
  void on_timer() override;
  [[nodiscard]] WorkerCounters& counters();

  Worker& home_;
  std::shared_ptr<PairState> pair_;
  std::shared_ptr<Gate> gate_;
  PeerFilter filter_;
  /// None while it is stopped.
  ListenSockets sockets_;
  Arrived arrived_;
  std::deque<Parked> parked_;
  bool paused_ = true;
};

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_INTAKE_H
