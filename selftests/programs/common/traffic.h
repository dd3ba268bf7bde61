// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_PROGRAMS_TRAFFIC_H
#define VSOCKFWD_PROGRAMS_TRAFFIC_H

#include <cstdint>
#include <limits>
#include <optional>

#include "common/channel.h"
#include "guest/deadline.h"
#include "lib/result.h"

namespace vsockfwd::programs {

/// What one connection carries.
struct Traffic {
  /// Both ends of traffic in one direction have to know it.
  std::uint64_t seed = 1;
  /// The client sends until one of these is reached. Messages stay whole: of seqpacket, it may be
  /// some more bytes.
  std::uint64_t bytes = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t messages = std::numeric_limits<std::uint64_t>::max();
  Deadline until = Deadline::max();
  /// The server checks what it gets; otherwise it echoes, and the client checks the echo.
  bool one_way = false;
};

/// Sends, and checks the echo byte for byte and message for message. Returns the number of bytes
/// that were sent.
Result<std::uint64_t> run_client(Channel& channel, const Traffic& traffic);

/// Echoes or checks until the peer sends nothing more. Returns the number of bytes received.
Result<std::uint64_t> run_server(Channel& channel, const Traffic& traffic);

}  // namespace vsockfwd::programs

#endif  // VSOCKFWD_PROGRAMS_TRAFFIC_H
