// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_RELAY_LOAD_LATENCY_H
#define VSOCKFWD_RELAY_LOAD_LATENCY_H

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <vector>

namespace vsockfwd::relay_load {

/// Collects durations and tells their percentiles.
class Latency {
 public:
  void add(std::chrono::nanoseconds duration) { durations_.push_back(duration); }

  [[nodiscard]] std::size_t count() const { return durations_.size(); }

  /// The smallest duration that `fraction` of all do not exceed, in microseconds. Some must have
  /// been added.
  [[nodiscard]] double percentile(double fraction) {
    const auto rank =
        static_cast<std::ptrdiff_t>(std::ceil(fraction * static_cast<double>(durations_.size()))) -
        1;
    const auto nth = durations_.begin() + std::max<std::ptrdiff_t>(rank, 0);
    std::nth_element(durations_.begin(), nth, durations_.end());
    return std::chrono::duration<double, std::micro>(*nth).count();
  }

 private:
  std::vector<std::chrono::nanoseconds> durations_;
};

}  // namespace vsockfwd::relay_load

#endif  // VSOCKFWD_RELAY_LOAD_LATENCY_H
