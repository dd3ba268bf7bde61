// SPDX-License-Identifier: Apache-2.0
#include "lib/socket.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
// Needs what <sys/socket.h> declares.
#include <linux/vm_sockets.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "lib/vsock_buffer.h"

namespace vsockfwd {
namespace {

/// Four times the kernel's default: bulk waits less often for the reader.
constexpr std::uint64_t vsock_buffer = 1024 * 1024;

Failure failed(const char* what, int code) {
  return Failure(Error{fmt::format("cannot {}: {}", what, std::strerror(code)), {}, code});
}

template <typename T>
bool set_option(int fd, int level, int option, const T& value) {
  return ::setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

bool tune(int fd, sa_family_t family) {
  switch (family) {
    case AF_INET:
    case AF_INET6:
      return set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    case AF_VSOCK:
      return set_vsock_buffer(fd, vsock_buffer);
    default:
      return true;
  }
}

/// Congestion controls that pace, like BBR, set a timer for each burst, which on the loopback
/// device costs more than it takes to move the bytes. Reno does not, and any process may choose it.
/// To be called before the connection is made; those of a listener inherit it.
void spare_pacing(int fd, const SocketAddress& address) {
  constexpr std::string_view unpaced = "reno";
  // If the kernel refuses, the connection is slower, and nothing else.
  if (address.is_loopback()) {
    ::setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, unpaced.data(), unpaced.size());
  }
}

timeval to_timeval(std::chrono::milliseconds time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {.tv_sec = seconds.count(), .tv_usec = std::chrono::microseconds(time - seconds).count()};
}

}  // namespace

Result<UniqueFd> open_stream_socket(sa_family_t family) {
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return failed("make a socket", errno);
  if (!tune(fd.get(), family)) return failed("set the options of a socket", errno);
  return fd;
}

Result<UniqueFd> open_listener(const SocketAddress& address, int backlog) {
  auto fd = open_stream_socket(address.family());
  if (!fd) return fd;
  // A restart must not wait for connections of the past to be forgotten.
  if (!set_option(fd->get(), SOL_SOCKET, SO_REUSEADDR, 1)) return failed("set SO_REUSEADDR", errno);
  spare_pacing(fd->get(), address);
  if (::bind(fd->get(), address.get(), address.size()) < 0) return failed("bind", errno);
  return listen_on(fd->get(), backlog).map([&] { return std::move(*fd); });
}

Result<void> tune_listener(int fd) {
  const auto address = local_address(fd);
  if (!tune(fd, address.family())) return failed("set the options of a socket", errno);
  spare_pacing(fd, address);
  return {};
}

void tune_accepted(int fd) {
  // If the kernel refuses, the connection is slower, and nothing else.
  tune(fd, local_address(fd).family());
}

Result<void> listen_on(int fd, int backlog) {
  if (::listen(fd, backlog) < 0) return failed("listen", errno);
  return {};
}

Result<Connecting> begin_connect(int fd, const SocketAddress& peer,
                                 std::chrono::milliseconds vsock_timeout) {
  if (peer.family() == AF_VSOCK &&
      !set_option(fd, AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT, to_timeval(vsock_timeout))) {
    return failed("set the time limit of connect()", errno);
  }
  spare_pacing(fd, peer);
  if (::connect(fd, peer.get(), peer.size()) == 0) return Connecting::done;
  if (errno == EINPROGRESS) return Connecting::underway;
  if (errno == EAGAIN && peer.family() == AF_UNIX) return Connecting::refused_for_now;
  return failed("connect", errno);
}

void fix_send_buffer(int fd, int bytes) {
  // The kernel doubles what it is told, to have room for its own data as well.
  set_option(fd, SOL_SOCKET, SO_SNDBUF, bytes / 2);
}

int take_socket_error(int fd) {
  int code = 0;
  socklen_t size = sizeof(code);
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : errno;
}

void reset_on_close(int fd) {
  // Where this is not possible, an orderly end is all there is.
  set_option(fd, SOL_SOCKET, SO_LINGER, linger{.l_onoff = 1, .l_linger = 0});
}

}  // namespace vsockfwd
