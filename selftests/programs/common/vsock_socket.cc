// SPDX-License-Identifier: GPL-2.0
#include "common/vsock_socket.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
// Needs what <sys/socket.h> declares.
#include <linux/vm_sockets.h>

#include <cerrno>

#include "guest/failure.h"
#include "lib/vsock_buffer.h"

namespace vsockfwd::programs {
namespace {

int socket_type(SocketType type) {
  return type == SocketType::stream ? SOCK_STREAM : SOCK_SEQPACKET;
}

Result<UniqueFd> make_socket(SocketType type) {
  UniqueFd fd(::socket(AF_VSOCK, socket_type(type) | SOCK_CLOEXEC, 0));
  if (!fd) return errno_failure("cannot make a vsock socket", errno);
  return fd;
}

sockaddr_vm to_sockaddr(Cid cid, std::uint32_t port) {
  sockaddr_vm address{};
  address.svm_family = AF_VSOCK;
  address.svm_cid = cid;
  address.svm_port = port;
  return address;
}

/// getsockname() or getpeername().
template <typename Function>
Result<Address> name_of(const UniqueFd& fd, Function function) {
  sockaddr_vm address{};
  socklen_t size = sizeof(address);
  if (function(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) < 0) {
    return errno_failure("cannot ask a socket for its address", errno);
  }
  return Address{.cid = address.svm_cid, .port = address.svm_port};
}

timeval to_timeval(Milliseconds time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {.tv_sec = seconds.count(), .tv_usec = std::chrono::microseconds(time - seconds).count()};
}

Result<void> set_timeout(const UniqueFd& fd, int level, int option, Milliseconds timeout) {
  const auto time = to_timeval(timeout);
  if (::setsockopt(fd.get(), level, option, &time, sizeof(time)) == 0) return {};
  return errno_failure("cannot set the time limit of a socket", errno);
}

Result<void> set_buffer_of(const UniqueFd& fd, std::uint64_t bytes) {
  if (set_vsock_buffer(fd.get(), bytes)) return {};
  return errno_failure("cannot set the size of a socket's buffer", errno);
}

/// Of a call with a time limit, EAGAIN says that it has passed.
int timed_errno() {
  return errno == EAGAIN ? ETIMEDOUT : errno;
}

}  // namespace

Result<VsockSocket> VsockSocket::connect(SocketType type, const Address& peer,
                                         Milliseconds timeout) {
  auto fd = make_socket(type);
  if (!fd) return Failure(fd.error());
  const auto limited = set_timeout(*fd, AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT, timeout);
  if (!limited) return Failure(limited.error());

  const auto address = to_sockaddr(static_cast<Cid>(peer.cid), peer.port);
  if (::connect(fd->get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) < 0) {
    return errno_failure(fmt::format("cannot connect to {}:{}", peer.cid, peer.port), errno);
  }
  VsockSocket socket(type, std::move(*fd));
  return socket.prepare(timeout).map([&] { return std::move(socket); });
}

Result<void> VsockSocket::prepare(Milliseconds timeout) {
  auto own_name = name_of(fd_, ::getsockname);
  if (!own_name) return Failure(own_name.error());
  auto peer_name = name_of(fd_, ::getpeername);
  if (!peer_name) return Failure(peer_name.error());
  local_ = *own_name;
  peer_ = *peer_name;
  return set_timeout(fd_, SOL_SOCKET, SO_RCVTIMEO, timeout).and_then([&] {
    return set_timeout(fd_, SOL_SOCKET, SO_SNDTIMEO, timeout);
  });
}

Result<void> VsockSocket::set_buffer(std::uint64_t bytes) const {
  return set_buffer_of(fd_, bytes);
}

Result<void> VsockSocket::send(std::span<const std::byte> data, bool end_of_record) {
  int flags = MSG_NOSIGNAL;
  if (type_ == SocketType::seqpacket && end_of_record) flags |= MSG_EOR;
  while (!data.empty()) {
    const auto sent = ::send(fd_.get(), data.data(), data.size(), flags);
    if (sent < 0) return errno_failure("cannot send", timed_errno());
    data = data.subspan(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<Received> VsockSocket::receive(std::span<std::byte> out) {
  iovec buffer{.iov_base = out.data(), .iov_len = out.size()};
  msghdr message{};
  message.msg_iov = &buffer;
  message.msg_iovlen = 1;
  // On seqpacket, MSG_TRUNC asks for the length that the message had.
  const int flags = type_ == SocketType::seqpacket ? MSG_TRUNC : 0;
  const auto received = ::recvmsg(fd_.get(), &message, flags);
  if (received < 0) return errno_failure("cannot receive", timed_errno());
  return Received{.length = static_cast<std::size_t>(received),
                  .end_of_record = (message.msg_flags & MSG_EOR) != 0};
}

Result<void> VsockSocket::end_sending() {
  if (::shutdown(fd_.get(), SHUT_WR) == 0) return {};
  return errno_failure("cannot shut down sending", errno);
}

Result<VsockListener> VsockListener::listen(SocketType type, Cid cid, std::uint32_t port,
                                            int backlog) {
  auto fd = make_socket(type);
  if (!fd) return Failure(fd.error());
  const auto address = to_sockaddr(cid, port);
  if (::bind(fd->get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) < 0 ||
      ::listen(fd->get(), backlog) < 0) {
    return errno_failure(fmt::format("cannot listen on {}:{}", cid, port), errno);
  }
  return VsockListener(type, std::move(*fd));
}

Result<void> VsockListener::set_buffer(std::uint64_t bytes) const {
  return set_buffer_of(fd_, bytes);
}

Result<VsockSocket> VsockListener::accept(Milliseconds wait, Milliseconds timeout) const {
  const auto ready = wait_for(fd_.get(), POLLIN, Clock::now() + wait);
  if (!ready) return Failure(ready.error());
  if (!*ready) {
    return Failure(
        Error{fmt::format("no connection came within {} ms", wait.count()), {}, ETIMEDOUT});
  }
  UniqueFd fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!fd) return errno_failure("cannot accept a connection", errno);
  VsockSocket socket(type_, std::move(fd));
  return socket.prepare(timeout).map([&] { return std::move(socket); });
}

}  // namespace vsockfwd::programs
