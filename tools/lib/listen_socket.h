// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_LISTEN_SOCKET_H
#define VSOCKFWD_LIB_LISTEN_SOCKET_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/address.h"
#include "lib/result.h"
#include "lib/socket_file.h"
#include "lib/unique_fd.h"

namespace vsockfwd {

/// What becomes of a listener's socket.
struct ListenOptions {
  /// Length of the kernel's queue; the kernel caps it at net.core.somaxconn. Unset: 1024, or what
  /// it was when the socket was handed over.
  std::optional<int> backlog;
  /// Permissions of a unix socket.
  std::uint32_t mode = 0600;
  /// Group of a unix socket; empty leaves it alone.
  std::string group;
  friend bool operator==(const ListenOptions&, const ListenOptions&) = default;
};

/// A listening socket, and its name in the file system if we have made one.
struct ListenSocket {
  UniqueFd fd;
  std::optional<SocketFile> file;
  /// Whether the service manager has handed it over.
  bool inherited = false;
};

/// The sockets of one listener: several if its name has several addresses, or if the service
/// manager has handed over several under one name. Shared, because a socket outlives the
/// configuration for which it was opened, if the next one names it again.
using ListenSockets = std::vector<std::shared_ptr<const ListenSocket>>;

/// Listens at `address`, whose host must be an IP address in figures if it has one. Of what is
/// inherited it knows nothing.
Result<std::shared_ptr<const ListenSocket>> open_listen_socket(const Address& address,
                                                               const ListenOptions& options);

/// An error of an attempt to listen, with the address, and what to do about it.
Error cannot_listen(const Address& address, const Error& error);

/// Gives sockets that listen already other options.
Result<void> change_options(const ListenSockets& sockets, const ListenOptions& options);

/// Where a socket listens, in the form of format_address().
std::string describe(const ListenSocket& socket);

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_LISTEN_SOCKET_H
