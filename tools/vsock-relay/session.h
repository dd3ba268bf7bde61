// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_SESSION_H
#define VSOCKFWD_VSOCK_RELAY_SESSION_H

#include <array>
#include <memory>

#include "vsock-relay/endpoint.h"
#include "vsock-relay/flow.h"
#include "vsock-relay/pair_state.h"
#include "vsock-relay/permit.h"
#include "vsock-relay/worker.h"

namespace vsockfwd::relay {

/// The two sockets of a connection, in the order of Pair::from and Pair::to.
using SocketPair = std::array<UniqueFd, 2>;

/// What a connection has been permitted: in a rendezvous, each side alone and both together.
using Permits = std::array<Permit, 3>;

/// Two joined sockets. There are as many of these as connections: keep them small.
class Session final : public Resident, private Timer {
 public:
  Session(Worker& worker, std::shared_ptr<const SessionOptions> options, SocketPair sockets,
          Permits permits);

  void start() override;
  void on_events(std::uint32_t events, unsigned side) override;
  void abort() override;

 private:
  enum class Outcome { closed, reset, timed_out };

  void advance();
  Flow::State move_bytes(unsigned index);
  [[nodiscard]] bool ending() const;
  [[nodiscard]] bool lingering() const;
  void begin_to_linger();
  void count_delivered();
  void pass_on_end(unsigned source);
  [[nodiscard]] bool has_more_to_do(unsigned source, Flow::State state) const;
  void call_again();
  bool watch(unsigned side);
  void ask_for_room(unsigned side, bool ask);
  void finish(Outcome outcome);

  void on_timer() override;
  [[nodiscard]] TimePoint deadline() const;

  Worker& worker_;
  std::shared_ptr<const SessionOptions> options_;
  std::array<Endpoint, 2> ends_;
  /// From the side of the same index to the other.
  std::array<Flow, 2> flows_;
  Permits permits_;
  /// When the last byte was delivered, or when it was clear that there will be no more.
  TimePoint last_byte_;
  /// When the first direction ended.
  TimePoint half_closed_ = TimePoint::max();
  /// Whether a call by EventLoop::call_again() is due.
  bool queued_ = false;
  bool finished_ = false;
};

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_SESSION_H
