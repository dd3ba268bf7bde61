// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/admission.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace vsockfwd::relay {

void Admission::set_limits(const Limits& limits) {
  const std::lock_guard lock(mutex_);
  if (limits.max_rate != limits_.max_rate) tokens_ = limits.max_rate.value_or(0);
  limits_ = limits;
  wake_those_with_a_place();
  for (auto* watcher : peer_watchers_) watcher->wake();
}

Admission::Verdict Admission::enter(Waiter& waiter) {
  const std::lock_guard lock(mutex_);
  const auto place = std::ranges::find(waiters_, &waiter);
  const auto ahead = static_cast<std::size_t>(std::distance(waiters_.begin(), place));
  if (inside_ + ahead >= limits_.max_connections) {
    if (place == waiters_.end()) waiters_.push_back(&waiter);
    return {};
  }
  if (place != waiters_.end()) waiters_.erase(place);
  if (const auto wait = take_token()) return {.granted = false, .retry_after = wait};
  ++inside_;
  return {.granted = true, .retry_after = {}};
}

void Admission::cancel() {
  const std::lock_guard lock(mutex_);
  if (limits_.max_rate) tokens_ = std::min<double>(tokens_ + 1, *limits_.max_rate);
  --inside_;
  wake_those_with_a_place();
  tell_if_empty();
}

bool Admission::enter_peer(const PeerKey& peer) {
  const std::lock_guard lock(mutex_);
  auto& count = peers_[peer];
  if (limits_.max_connections_per_peer && count >= *limits_.max_connections_per_peer) return false;
  ++count;
  return true;
}

void Admission::leave_peer(const PeerKey& peer) {
  const std::lock_guard lock(mutex_);
  const auto found = peers_.find(peer);
  if (--found->second == 0) peers_.erase(found);
  for (auto* watcher : peer_watchers_) watcher->wake();
}

void Admission::leave() {
  const std::lock_guard lock(mutex_);
  --inside_;
  wake_those_with_a_place();
  tell_if_empty();
}

void Admission::watch_peers(Waiter& waiter) {
  const std::lock_guard lock(mutex_);
  if (std::ranges::find(peer_watchers_, &waiter) == peer_watchers_.end()) {
    peer_watchers_.push_back(&waiter);
  }
}

void Admission::unwatch_peers(Waiter& waiter) {
  const std::lock_guard lock(mutex_);
  peer_watchers_.remove(&waiter);
}

void Admission::forget(Waiter& waiter) {
  const std::lock_guard lock(mutex_);
  waiters_.remove(&waiter);
  peer_watchers_.remove(&waiter);
  // A place that was kept for this one may be the next one's.
  wake_those_with_a_place();
}

void Admission::when_empty(std::function<void()> empty) {
  const std::lock_guard lock(mutex_);
  empty_ = std::move(empty);
  tell_if_empty();
}

std::size_t Admission::inside() const {
  const std::lock_guard lock(mutex_);
  return inside_;
}

bool Admission::full() const {
  const std::lock_guard lock(mutex_);
  return inside_ >= limits_.max_connections;
}

std::optional<milliseconds> Admission::take_token() {
  if (!limits_.max_rate) return std::nullopt;
  refill();
  if (tokens_ >= 1) {
    tokens_ -= 1;
    return std::nullopt;
  }
  return milliseconds(
      static_cast<std::int64_t>(std::ceil((1 - tokens_) * 1000 / *limits_.max_rate)));
}

void Admission::refill() {
  const auto now = Clock::now();
  const std::chrono::duration<double> passed = now - std::exchange(refilled_, now);
  tokens_ = std::min<double>(tokens_ + passed.count() * *limits_.max_rate, *limits_.max_rate);
}

void Admission::wake_those_with_a_place() {
  std::size_t places = limits_.max_connections > inside_ ? limits_.max_connections - inside_ : 0;
  for (auto* waiter : waiters_) {
    if (places-- == 0) return;
    waiter->wake();
  }
}

void Admission::tell_if_empty() {
  if (inside_ == 0 && empty_) std::exchange(empty_, nullptr)();
}

}  // namespace vsockfwd::relay
