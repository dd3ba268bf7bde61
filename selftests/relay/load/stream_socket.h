// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_RELAY_LOAD_STREAM_SOCKET_H
#define VSOCKFWD_RELAY_LOAD_STREAM_SOCKET_H

#include <sys/socket.h>

#include <string>
#include <string_view>

#include "lib/result.h"
#include "lib/unique_fd.h"

namespace vsockfwd::relay_load {

/// Where a stream socket listens or connects to.
struct SocketAddress {
  /// The word that it was read from.
  std::string text;
  sockaddr_storage storage{};
  socklen_t length = 0;
};

/// Reads tcp:IPV4:PORT, unix:PATH or vsock:CID:PORT, all numbers. The program under test has a
/// parser of its own, which this must not share.
Result<SocketAddress> parse_socket_address(std::string_view word);

/// A socket that listens there and does not block.
Result<UniqueFd> listen_at(const SocketAddress& address);

/// A connected socket that blocks. The code of the error is what connect(2) says.
Result<UniqueFd> connect_to(const SocketAddress& address);

/// A socket that does not block and is connected, or will be when it becomes writable.
Result<UniqueFd> begin_to_connect(const SocketAddress& address);

/// Small messages do not wait for each other.
void send_at_once(int fd);

/// From now on calls on `fd` do not wait.
Result<void> set_nonblocking(int fd);

}  // namespace vsockfwd::relay_load

#endif  // VSOCKFWD_RELAY_LOAD_STREAM_SOCKET_H
