// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_RELAY_LOAD_SERVICE_H
#define VSOCKFWD_RELAY_LOAD_SERVICE_H

#include <cstdint>

namespace vsockfwd::relay_load {

/// What a client wants of the server, told by the first byte of its connection.
enum class Service : std::uint8_t {
  /// Receives and checks the pattern.
  sink = 'S',
  /// Sends the pattern until the client closes.
  source = 'D',
  /// Sends back what it receives, and closes when the client has ended.
  echo = 'E',
};

}  // namespace vsockfwd::relay_load

#endif  // VSOCKFWD_RELAY_LOAD_SERVICE_H
