// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_PROGRAMS_VSOCK_SOCKET_H
#define VSOCKFWD_PROGRAMS_VSOCK_SOCKET_H

#include <cstdint>
#include <limits>

#include "common/channel.h"
#include "guest/deadline.h"
#include "lib/cid.h"
#include "lib/result.h"
#include "lib/unique_fd.h"

namespace vsockfwd::programs {

/// A connected AF_VSOCK socket.
class VsockSocket : public Channel {
 public:
  /// Connects. `timeout` is for this and for every call afterwards.
  static Result<VsockSocket> connect(SocketType type, const Address& peer, Milliseconds timeout);

  [[nodiscard]] SocketType type() const override { return type_; }
  [[nodiscard]] Address local() const override { return local_; }
  /// As getpeername() has it.
  [[nodiscard]] Address peer() const override { return peer_; }

  /// Sets how many bytes the peer may send ahead, and since Linux 6.12.69 this end, too.
  [[nodiscard]] Result<void> set_buffer(std::uint64_t bytes) const;
  Result<void> send(std::span<const std::byte> data, bool end_of_record) override;
  Result<Received> receive(std::span<std::byte> out) override;
  Result<void> end_sending() override;

 private:
  friend class VsockListener;

  VsockSocket(SocketType type, UniqueFd fd) : type_(type), fd_(std::move(fd)) {}

  /// For a socket that is connected already.
  Result<void> prepare(Milliseconds timeout);

  SocketType type_;
  UniqueFd fd_;
  Address local_;
  Address peer_;
};

/// An AF_VSOCK socket that takes connections.
class VsockListener {
 public:
  /// Listens on a port of `cid`; any_cid stands for all that this machine has. At most `backlog`
  /// connections wait for accept(), or as many as the system allows.
  static Result<VsockListener> listen(SocketType type, Cid cid, std::uint32_t port,
                                      int backlog = std::numeric_limits<int>::max());

  /// As of a socket, for connections that are accepted later.
  [[nodiscard]] Result<void> set_buffer(std::uint64_t bytes) const;

  /// The next connection. `wait` is for this, `timeout` for every call on the connection. The code
  /// of the error is ETIMEDOUT if none came.
  [[nodiscard]] Result<VsockSocket> accept(Milliseconds wait, Milliseconds timeout) const;

 private:
  VsockListener(SocketType type, UniqueFd fd) : type_(type), fd_(std::move(fd)) {}

  SocketType type_;
  UniqueFd fd_;
};

}  // namespace vsockfwd::programs

#endif  // VSOCKFWD_PROGRAMS_VSOCK_SOCKET_H
