// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_PERMIT_H
#define VSOCKFWD_VSOCK_RELAY_PERMIT_H

#include <memory>
#include <optional>
#include <utility>

#include "vsock-relay/admission.h"

namespace vsockfwd::relay {

class Gate;

/// The right to have one connection. Goes back when this object goes, in any thread.
class Permit {
 public:
  Permit() = default;
  Permit(Permit&& other) noexcept = default;
  Permit& operator=(Permit&& other) noexcept {
    std::swap(gate_, other.gate_);
    std::swap(peer_, other.peer_);
    std::swap(in_total_, other.in_total_);
    return *this;
  }
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;
  ~Permit() { give_back(); }

  /// Counts the connection as one of `peer`, once. False if that one has too many.
  bool assign(const PeerKey& peer);
  /// Gives the permit back that nobody came for.
  void cancel();
  /// From now on the connection counts against the gate's own limits only.
  void leave_total();

 private:
  friend class Gate;

  explicit Permit(std::shared_ptr<Gate> gate) : gate_(std::move(gate)) {}
  void give_back();

  std::shared_ptr<Gate> gate_;
  /// Of no family until assigned.
  PeerKey peer_;
  bool in_total_ = true;
};

/// What a connection has to pass: the limits of its pair, then those of all pairs together.
class Gate : public std::enable_shared_from_this<Gate> {
 public:
  Gate(const Limits& limits, std::shared_ptr<Admission> total)
      : own_(limits), total_(std::move(total)) {}

  struct Answer {
    /// Unset if there is no place now.
    std::optional<Permit> permit;
    /// When to ask again; unset: the waiter is woken.
    std::optional<milliseconds> retry_after;
  };

  Answer enter(Admission::Waiter& waiter);
  void forget(Admission::Waiter& waiter);
  void watch_peers(Admission::Waiter& waiter);
  void unwatch_peers(Admission::Waiter& waiter);

  Admission& own() { return own_; }
  [[nodiscard]] bool full() const { return own_.full() || total_->full(); }

 private:
  friend class Permit;

  Admission own_;
  std::shared_ptr<Admission> total_;
};

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_PERMIT_H
