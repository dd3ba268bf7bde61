// SPDX-License-Identifier: Apache-2.0
#include "lib/backoff.h"

#include <algorithm>
#include <cstdint>
#include <random>

namespace vsockfwd {

std::chrono::milliseconds Backoff::next() {
  thread_local std::minstd_rand random{std::random_device{}()};
  const auto pause = std::min(next_, longest_);
  next_ = std::min(pause * 2, longest_);
  std::uniform_int_distribution<std::int64_t> shorter(0, pause.count() / 5);
  return pause - std::chrono::milliseconds(shorter(random));
}

}  // namespace vsockfwd
