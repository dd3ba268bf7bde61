// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_WARNING_H
#define VSOCKFWD_LIB_WARNING_H

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <string_view>

#include "lib/log.h"

namespace vsockfwd {

/// A warning that peers can provoke: only a few of its kind get into the log at a time. May be used
/// by any thread.
class Warning {
 public:
  void log(std::string_view message, std::initializer_list<LogField> fields);

 private:
  using Clock = std::chrono::steady_clock;

  bool may_pass(std::uint64_t& suppressed);

  std::mutex mutex_;
  Clock::time_point window_;
  unsigned passed_ = 0;
  std::uint64_t suppressed_ = 0;
};

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_WARNING_H
