// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_SOCKET_ADDRESS_H
#define VSOCKFWD_LIB_SOCKET_ADDRESS_H

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>

#include "lib/address.h"
#include "lib/cid.h"
#include "lib/result.h"

namespace vsockfwd {

/// An address of any family as the kernel wants it.
class SocketAddress {
 public:
  /// Of no family.
  SocketAddress() = default;
  /// A copy of what the kernel or a library has filled in.
  SocketAddress(const sockaddr* address, socklen_t size);

  /// An IPv4 or IPv6 address in figures; an IPv6 address may end in %INTERFACE. Nothing for a name.
  static std::optional<SocketAddress> ip(const std::string& host, std::uint16_t port);
  static SocketAddress vsock(Cid cid, std::uint32_t port);
  /// Fails if the path is longer than the kernel takes.
  static Result<SocketAddress> unix_socket(const UnixAddress& address);

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  [[nodiscard]] socklen_t size() const { return size_; }
  [[nodiscard]] sa_family_t family() const { return storage_.ss_family; }
  /// The same IPv4 or IPv6 address with another port.
  [[nodiscard]] SocketAddress with_ip_port(std::uint16_t port) const;
  /// Whether it is 127.0.0.0/8 or ::1, which no packet can reach from elsewhere.
  [[nodiscard]] bool is_loopback() const;

  /// The address in the form of format_address(); of an accepted unix socket, mostly "unix:".
  [[nodiscard]] Address to_address() const;

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

/// getsockname(), and getpeername(). Of no family if the socket has no such address.
SocketAddress local_address(int fd);
SocketAddress peer_address(int fd);

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_SOCKET_ADDRESS_H
