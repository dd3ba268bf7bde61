// SPDX-License-Identifier: Apache-2.0
#include "lib/socket_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/un.h>
// Needs what <sys/socket.h> declares.
#include <linux/vm_sockets.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

namespace vsockfwd {
namespace {

template <typename T>
SocketAddress from(const T& address, std::size_t size = sizeof(T)) {
  return {reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(size)};
}

template <typename T>
T as(const SocketAddress& address) {
  T result{};
  std::memcpy(&result, address.get(), std::min<std::size_t>(sizeof(T), address.size()));
  return result;
}

template <typename T>
Address tcp_address(int family, const T& host, std::uint16_t port) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(family, &host, text.data(), text.size());
  return TcpAddress{text.data(), ntohs(port)};
}

Address unix_address(const SocketAddress& address) {
  constexpr auto start = offsetof(sockaddr_un, sun_path);
  const auto name = as<sockaddr_un>(address);
  if (address.size() <= start) return UnixAddress{};
  const std::string path(name.sun_path, address.size() - start);
  if (path.front() == '\0') return UnixAddress{path.substr(1), true};
  return UnixAddress{path.c_str(), false};
}

template <typename Function>
SocketAddress name_of(int fd, Function function) {
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  if (function(fd, address, &size) < 0) return {};
  return {address, size};
}

}  // namespace

SocketAddress::SocketAddress(const sockaddr* address, socklen_t size)
    : size_(std::min<socklen_t>(size, sizeof(storage_))) {
  std::memcpy(&storage_, address, size_);
}

std::optional<SocketAddress> SocketAddress::ip(const std::string& host, std::uint16_t port) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) return from(v4);

  const auto percent = host.find('%');
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  if (percent != std::string::npos) {
    v6.sin6_scope_id = ::if_nametoindex(host.c_str() + percent + 1);
    if (v6.sin6_scope_id == 0) return std::nullopt;
  }
  if (::inet_pton(AF_INET6, host.substr(0, percent).c_str(), &v6.sin6_addr) == 1) return from(v6);
  return std::nullopt;
}

SocketAddress SocketAddress::vsock(Cid cid, std::uint32_t port) {
  sockaddr_vm address{};
  address.svm_family = AF_VSOCK;
  address.svm_cid = cid;
  address.svm_port = port;
  return from(address);
}

Result<SocketAddress> SocketAddress::unix_socket(const UnixAddress& address) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  // A path ends in a zero byte; an abstract name begins with one.
  const std::size_t longest = sizeof(name.sun_path) - 1;
  if (address.path.size() > longest) {
    return Failure(
        Error{fmt::format("the path of unix socket {:?} has {} bytes, the kernel takes {}",
                          address.path, address.path.size(), longest),
              "use a shorter directory, or a symbolic link to it", ENAMETOOLONG});
  }
  std::ranges::copy(address.path, name.sun_path + (address.abstract ? 1 : 0));
  return from(name, offsetof(sockaddr_un, sun_path) + address.path.size() + 1);
}

SocketAddress SocketAddress::with_ip_port(std::uint16_t port) const {
  if (family() == AF_INET) {
    auto v4 = as<sockaddr_in>(*this);
    v4.sin_port = htons(port);
    return from(v4);
  }
  auto v6 = as<sockaddr_in6>(*this);
  v6.sin6_port = htons(port);
  return from(v6);
}

bool SocketAddress::is_loopback() const {
  if (family() == AF_INET) {
    return ntohl(as<sockaddr_in>(*this).sin_addr.s_addr) >> 24U == IN_LOOPBACKNET;
  }
  const auto v6 = as<sockaddr_in6>(*this);
  return family() == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

Address SocketAddress::to_address() const {
  switch (family()) {
    case AF_INET: {
      const auto v4 = as<sockaddr_in>(*this);
      return tcp_address(AF_INET, v4.sin_addr, v4.sin_port);
    }
    case AF_INET6: {
      const auto v6 = as<sockaddr_in6>(*this);
      return tcp_address(AF_INET6, v6.sin6_addr, v6.sin6_port);
    }
    case AF_VSOCK: {
      const auto vm = as<sockaddr_vm>(*this);
      return VsockAddress{vm.svm_cid, vm.svm_port};
    }
    default:
      return unix_address(*this);
  }
}

SocketAddress local_address(int fd) {
  return name_of(fd, ::getsockname);
}

SocketAddress peer_address(int fd) {
  return name_of(fd, ::getpeername);
}

}  // namespace vsockfwd
