// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_RELAY_LOAD_CLIENT_H
#define VSOCKFWD_RELAY_LOAD_CLIENT_H

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "lib/result.h"
#include "relay/load/latency.h"
#include "relay/load/periodic_pattern.h"
#include "relay/load/service.h"
#include "relay/load/stream_socket.h"

namespace vsockfwd::relay_load {

/// Opens so many connections, and keeps data flowing in one direction until the standard input
/// ends. Fails if one ends before, or brings something else than the pattern.
Result<void> run_bulk(const SocketAddress& server, Service service, std::uint32_t connections);

/// Opens so many connections, sees that each is served, and keeps them until the standard input
/// ends.
Result<void> run_idle(const SocketAddress& server, std::uint32_t connections);

/// Sends requests of `size` bytes one after the other over one connection, for so long.
Result<Latency> run_requests(const SocketAddress& server, std::size_t size,
                             std::chrono::nanoseconds duration);

/// Connections that send, and get the same back.
struct Exchanges {
  std::uint32_t total = 1;
  /// Of them, how many are open at a time.
  std::uint32_t at_once = 1;
  /// What each one sends.
  std::uint64_t bytes = 1;
  /// Whether each ends its sending before it has everything back, and wants the server's end;
  /// otherwise it closes when it has everything.
  bool half_close = false;
  Check check = Check::every_byte;
};

/// Carries out all of them; how long each took, from the call of connect(2) on. Fails if one fails.
Result<Latency> run_exchanges(const SocketAddress& server, const Exchanges& exchanges);

}  // namespace vsockfwd::relay_load

#endif  // VSOCKFWD_RELAY_LOAD_CLIENT_H
