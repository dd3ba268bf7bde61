// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_LISTEN_SOCKETS_H
#define VSOCKFWD_VSOCK_RELAY_LISTEN_SOCKETS_H

#include "lib/address.h"
#include "lib/listen_socket.h"
#include "lib/result.h"

namespace vsockfwd::relay {

/// Listens at `address`; if its host is a name, at each address that it has now, but for those that
/// this machine lacks, while it has one. Of what is inherited it knows nothing.
Result<ListenSockets> open_listen_sockets(const Address& address, const ListenOptions& options);

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_LISTEN_SOCKETS_H
