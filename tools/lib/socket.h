// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_SOCKET_H
#define VSOCKFWD_LIB_SOCKET_H

#include <chrono>

#include "lib/result.h"
#include "lib/socket_address.h"
#include "lib/unique_fd.h"

namespace vsockfwd {

/// A stream socket that does not block, ready for bind() or connect(). Small writes of TCP go out
/// at once. Vsock may have `vsock_buffer` bytes on the way.
Result<UniqueFd> open_stream_socket(sa_family_t family);

/// Binds and listens. Not for paths of unix sockets: SocketFile knows more about those. Connections
/// at a loopback address are not paced.
Result<UniqueFd> open_listener(const SocketAddress& address, int backlog);

/// Gives a listening socket from elsewhere what open_listener() gives its own.
Result<void> tune_listener(int fd);

/// The same for a connection that such a socket may have had in its queue by then.
void tune_accepted(int fd);

/// Makes a bound socket listen; a second time, gives it another backlog.
Result<void> listen_on(int fd, int backlog);

/// How far connect() has come.
enum class Connecting {
  /// Connected.
  done,
  /// Wait for EPOLLOUT, then ask take_socket_error().
  underway,
  /// The backlog of a unix socket is full; nothing tells when to try again.
  refused_for_now,
};

/// Begins to connect a socket from open_stream_socket(). `vsock_timeout` is how long the kernel
/// tries with vsock; with other families the caller's patience counts. A connection to a loopback
/// address is not paced.
Result<Connecting> begin_connect(int fd, const SocketAddress& peer,
                                 std::chrono::milliseconds vsock_timeout);

/// Fixes how many bytes may wait to be read by the peer, instead of what the kernel finds right.
/// The kernel does not go beyond its net.core.wmem_max.
void fix_send_buffer(int fd, int bytes);

/// The error that the socket waits to tell, as an errno; 0 if there is none.
int take_socket_error(int fd);

/// From now on, close() drops what is not sent yet and tells the peer that the connection was
/// reset. vsock's close() has no such thing; there the peer sees an end.
void reset_on_close(int fd);

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_SOCKET_H
