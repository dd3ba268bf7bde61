// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_ADMISSION_H
#define VSOCKFWD_VSOCK_RELAY_ADMISSION_H

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "vsock-relay/config.h"
#include "vsock-relay/peer.h"

namespace vsockfwd::relay {

/// Counts connections against limits. A place is taken before accept(), so that those for whom
/// there is none wait in the backlog. Those who wait for a place get it in the order in which they
/// asked. May be used by any thread.
class Admission {
 public:
  using Clock = std::chrono::steady_clock;

  /// Somebody who was turned away, and wants to know when to ask again.
  class Waiter {
   public:
    /// Ask again. Called by any thread, with the lock of the admission held: only to be passed on.
    virtual void wake() = 0;

   protected:
    ~Waiter() = default;
  };

  struct Verdict {
    bool granted = false;
    /// If not granted: when to ask again; unset, wake() tells.
    std::optional<milliseconds> retry_after;
  };

  explicit Admission(const Limits& limits) { set_limits(limits); }

  /// Those inside stay, even if they are too many now.
  void set_limits(const Limits& limits);

  /// Takes a place, and counts against the rate.
  Verdict enter(Waiter& waiter);
  /// Gives a place back that nobody came for.
  void cancel();
  /// Counts the owner of a place as a connection of `peer`. False if that one has too many.
  bool enter_peer(const PeerKey& peer);
  void leave_peer(const PeerKey& peer);
  /// Gives a place back.
  void leave();

  /// Wakes `waiter` whenever a peer has one connection less.
  void watch_peers(Waiter& waiter);
  void unwatch_peers(Waiter& waiter);
  /// `waiter` does not want anything any more.
  void forget(Waiter& waiter);

  /// Calls `empty` once, when nobody is inside: now or later, from any thread.
  void when_empty(std::function<void()> empty);

  [[nodiscard]] std::size_t inside() const;
  [[nodiscard]] bool full() const;

 private:
  /// The functions below are called with the lock held.
  std::optional<milliseconds> take_token();
  void refill();
  void wake_those_with_a_place();
  void tell_if_empty();

  mutable std::mutex mutex_;
  Limits limits_;
  std::size_t inside_ = 0;
  double tokens_ = 0;
  Clock::time_point refilled_ = Clock::now();
  /// In the order of their arrival.
  std::list<Waiter*> waiters_;
  std::list<Waiter*> peer_watchers_;
  /// Only peers with connections, and only if there is a limit for them.
  std::unordered_map<PeerKey, std::uint32_t, PeerKeyHash> peers_;
  std::function<void()> empty_;
};

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_ADMISSION_H
