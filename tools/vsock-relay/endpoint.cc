// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/endpoint.h"

#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <utility>

#include "lib/socket.h"
#include "vsock-relay/transit.h"

namespace vsockfwd::relay {
namespace {

/// What a peer sends in a packet. vsock has no splice of its own, and the kernel's substitute finds
/// memory for all that is asked for before it knows how much there is. A copy is saved
/// nevertheless.
constexpr std::uint32_t vsock_splice_size = 64 * 1024;

}  // namespace

Endpoint make_endpoint(UniqueFd fd) {
  int family = AF_UNSPEC;
  socklen_t size = sizeof(family);
  ::getsockopt(fd.get(), SOL_SOCKET, SO_DOMAIN, &family, &size);
  Endpoint endpoint{.fd = std::move(fd)};
  endpoint.tcp = family == AF_INET || family == AF_INET6;
  endpoint.splice_size = family == AF_VSOCK ? vsock_splice_size : pipe_size;
  endpoint.short_read_drains = endpoint.tcp;
  endpoint.watches_room = endpoint.tcp;
  return endpoint;
}

std::uint32_t wanted_events(const Endpoint& endpoint) {
  const std::uint32_t always = EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLET;
  return endpoint.watches_room ? always | EPOLLOUT : always;
}

void note_events(Endpoint& endpoint, std::uint32_t events) {
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) endpoint.readable = true;
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) endpoint.writable = true;
  if ((events & EPOLLERR) != 0) endpoint.broken = true;
  // splice() does not get past urgent data.
  if ((events & EPOLLPRI) != 0) endpoint.splice_size = 0;
  // A read also ends at urgent data, and before the end, of which there is only this one event.
  if ((events & (EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
    endpoint.short_read_drains = false;
  }
}

bool is_abandoned(int fd, std::uint32_t events) {
  if ((events & EPOLLERR) != 0) return true;
  if ((events & EPOLLHUP) == 0) return false;
  // The peer of a unix socket hangs up as soon as it closes, whatever it has sent before.
  char first = 0;
  return ::recv(fd, &first, sizeof(first), MSG_PEEK) <= 0;
}

void prepare_for_bulk(Endpoint& endpoint) {
  if (std::exchange(endpoint.prepared_for_bulk, true)) return;
  // Of those without TCP, it matters to unix sockets only: vsock has a count of its own.
  if (!endpoint.tcp) fix_send_buffer(endpoint.fd.get(), pipe_size);
}

bool is_sending(const Endpoint& endpoint) {
  if (!endpoint.tcp || endpoint.ended) return false;
  int unacknowledged = 0;
  return ::ioctl(endpoint.fd.get(), SIOCOUTQ, &unacknowledged) == 0 && unacknowledged > 0;
}

void shut_down(Endpoint& endpoint) {
  // If the connection is gone meanwhile, an event tells.
  ::shutdown(endpoint.fd.get(), SHUT_WR);
  endpoint.shut = true;
}

}  // namespace vsockfwd::relay
