// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_LISTEN_SOCKET_H
#define VSOCKFWD_VSOCK_RELAY_LISTEN_SOCKET_H

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/address.h"
#include "lib/result.h"
#include "lib/socket_file.h"
#include "lib/unique_fd.h"
#include "vsock-relay/config.h"

namespace vsockfwd::relay {

/// A listening socket, and its name in the file system if it has one.
struct ListenSocket {
  UniqueFd fd;
  std::optional<SocketFile> file;
};

/// The sockets of one listener: several if its name has several addresses, or if the service
/// manager has handed over several under one name. Shared, because a socket outlives the
/// configuration for which it was opened, if the next one names it again.
using ListenSockets = std::vector<std::shared_ptr<const ListenSocket>>;

/// Makes sockets ready that the service manager handed over. Fails if they do not listen.
Result<void> prepare_inherited(const ListenSockets& sockets);

/// Listens at `address`. Of what is inherited it knows nothing.
Result<ListenSockets> open_listen_sockets(const Address& address, const ListenOptions& options);

/// Gives sockets that listen already other options.
Result<void> change_options(const ListenSockets& sockets, const ListenOptions& options);

/// Where a socket listens, in the form of format_address().
std::string describe(const ListenSocket& socket);

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_LISTEN_SOCKET_H
