// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_PAIR_COUNTERS_H
#define VSOCKFWD_VSOCK_RELAY_PAIR_COUNTERS_H

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "vsock-relay/relay.h"

namespace vsockfwd::relay {

/// Written by one thread, read by any.
class Counter {
 public:
  void add(std::uint64_t amount) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_release);
  }
  [[nodiscard]] std::uint64_t get() const { return value_.load(std::memory_order_acquire); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

/// What one worker has counted of a pair; with a cache line of its own.
struct alignas(64) WorkerCounters {
  Counter accepted;
  Counter refused;
  Counter abandoned;
  Counter unreachable;
  Counter joined;
  Counter closed;
  Counter reset;
  Counter timed_out;
  Counter bytes_forward;
  Counter bytes_back;
};

/// The counters of a pair, which each worker keeps for itself.
class PairCounters {
 public:
  explicit PairCounters(std::size_t workers) : workers_(workers) {}

  /// For the thread of that worker.
  WorkerCounters& of(std::size_t worker) { return workers_[worker]; }
  [[nodiscard]] Counters sum() const;

 private:
  std::vector<WorkerCounters> workers_;
};

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_PAIR_COUNTERS_H
