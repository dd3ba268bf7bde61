// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_WARNING_H
#define VSOCKFWD_VSOCK_RELAY_WARNING_H

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string_view>

namespace vsockfwd::relay {

/// A warning that peers can provoke: only a few of its kind get into the log at a time. May be used
/// by any thread.
class Warning {
 public:
  /// Logs the message, about a pair.
  void log(std::string_view pair, std::string_view message);

 private:
  using Clock = std::chrono::steady_clock;

  bool may_pass(std::uint64_t& suppressed);

  std::mutex mutex_;
  Clock::time_point window_;
  unsigned passed_ = 0;
  std::uint64_t suppressed_ = 0;
};

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_WARNING_H
