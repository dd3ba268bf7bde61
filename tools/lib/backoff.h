// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_BACKOFF_H
#define VSOCKFWD_LIB_BACKOFF_H

#include <chrono>

namespace vsockfwd {

/// Pauses that double from one to the next, up to a longest one. Each is up to a fifth shorter, at
/// random, so that those who failed together do not come back together.
class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds longest)
      : first_(first), longest_(longest), next_(first) {}

  std::chrono::milliseconds next();
  /// Begins with the first again.
  void reset() { next_ = first_; }

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds longest_;
  std::chrono::milliseconds next_;
};

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_BACKOFF_H
