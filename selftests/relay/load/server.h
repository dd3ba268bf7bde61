// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_RELAY_LOAD_SERVER_H
#define VSOCKFWD_RELAY_LOAD_SERVER_H

#include <vector>

#include "lib/result.h"
#include "relay/load/stream_socket.h"

namespace vsockfwd::relay_load {

/// Serves every client at every address what it asks for, until the standard input ends. Fails if
/// what a client sends is not the pattern.
Result<void> serve(const std::vector<SocketAddress>& addresses);

}  // namespace vsockfwd::relay_load

#endif  // VSOCKFWD_RELAY_LOAD_SERVER_H
