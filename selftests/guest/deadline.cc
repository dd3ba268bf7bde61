// SPDX-License-Identifier: GPL-2.0
#include "guest/deadline.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "guest/failure.h"

namespace vsockfwd {
namespace {

timespec time_left(Deadline deadline) {
  const auto left = std::max(deadline - Clock::now(), Clock::duration::zero());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(left - seconds);
  return {.tv_sec = seconds.count(), .tv_nsec = rest.count()};
}

}  // namespace

Result<bool> wait_for(int fd, short events, Deadline deadline) {
  pollfd waited{.fd = fd, .events = events, .revents = 0};
  for (;;) {
    const auto left = time_left(deadline);
    const int ready = ::ppoll(&waited, 1, &left, nullptr);
    if (ready >= 0) return ready > 0;
    if (errno != EINTR) return errno_failure("cannot wait for a descriptor", errno);
  }
}

}  // namespace vsockfwd
