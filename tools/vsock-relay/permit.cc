// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/permit.h"

namespace vsockfwd::relay {

Gate::Answer Gate::enter(Admission::Waiter& waiter) {
  const auto own = own_.enter(waiter);
  if (!own.granted) {
    // Whoever cannot use a place must not stand in the way of others.
    total_->forget(waiter);
    return {{}, own.retry_after};
  }
  const auto total = total_->enter(waiter);
  if (total.granted) return {Permit(shared_from_this()), {}};
  own_.cancel();
  return {{}, total.retry_after};
}

void Gate::forget(Admission::Waiter& waiter) {
  own_.forget(waiter);
  total_->forget(waiter);
}

void Gate::watch_peers(Admission::Waiter& waiter) {
  own_.watch_peers(waiter);
  total_->watch_peers(waiter);
}

void Gate::unwatch_peers(Admission::Waiter& waiter) {
  own_.unwatch_peers(waiter);
  total_->unwatch_peers(waiter);
}

bool Permit::assign(const PeerKey& peer) {
  if (!gate_->own_.enter_peer(peer)) return false;
  if (!gate_->total_->enter_peer(peer)) {
    gate_->own_.leave_peer(peer);
    return false;
  }
  peer_ = peer;
  return true;
}

void Permit::cancel() {
  const auto gate = std::exchange(gate_, nullptr);
  gate->total_->cancel();
  gate->own_.cancel();
}

void Permit::leave_total() {
  if (!std::exchange(in_total_, false)) return;
  if (peer_.family != AF_UNSPEC) gate_->total_->leave_peer(peer_);
  gate_->total_->leave();
}

void Permit::give_back() {
  if (!gate_) return;
  leave_total();
  if (peer_.family != AF_UNSPEC) gate_->own_.leave_peer(peer_);
  gate_->own_.leave();
}

}  // namespace vsockfwd::relay
