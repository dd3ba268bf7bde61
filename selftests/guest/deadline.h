// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_GUEST_DEADLINE_H
#define VSOCKFWD_GUEST_DEADLINE_H

#include <chrono>

#include "lib/result.h"

namespace vsockfwd {

using Milliseconds = std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

/// The moment at which waiting ends.
using Deadline = Clock::time_point;

/// Waits until `fd` has one of `events` (as for poll(2)), an error or a hang-up; false if none came
/// before the deadline.
Result<bool> wait_for(int fd, short events, Deadline deadline);

}  // namespace vsockfwd

#endif  // VSOCKFWD_GUEST_DEADLINE_H
