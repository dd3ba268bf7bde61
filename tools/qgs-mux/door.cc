// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/door.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <variant>

#include "lib/socket_address.h"
#include "lib/warning.h"

namespace vsockfwd::qgs {
namespace {

/// In one turn; then it is the others' turn.
constexpr int most_at_once = 16;
/// After a failed accept.
constexpr std::chrono::milliseconds pause{100};

std::string name_of_peer(int fd) {
  const auto address = peer_address(fd).to_address();
  if (const auto* const vsock = std::get_if<VsockAddress>(&address)) {
    return fmt::format("cid:{}", vsock->cid);
  }
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "unknown";
  return fmt::format("pid:{}", peer.pid);
}

}  // namespace

Door::Door(Host& host, std::shared_ptr<const ListenSocket> socket, std::string guest)
    : host_(host), socket_(std::move(socket)), guest_(std::move(guest)) {
  on_timer();
}

void Door::close() {
  host_.loop().timers().disarm(*this);
  // The socket may live on, in the next configuration.
  host_.loop().unwatch(socket_->fd.get());
  socket_.reset();
}

void Door::on_events(std::uint32_t /*events*/, unsigned /*tag*/) {
  // A guest that comes may be the reason to close.
  for (int i = 0; socket_ && i < most_at_once; ++i) {
    UniqueFd fd(::accept4(socket_->fd.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (fd) {
      const auto guest = guest_.empty() ? name_of_peer(fd.get()) : guest_;
      host_.guest_came(std::move(fd), guest);
      continue;
    }
    if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return;
    // Out of descriptors, most likely. Asking again at once would only heat the processor.
    static Warning warning;
    warning.log(fmt::format("cannot accept connections for now: {}", std::strerror(errno)),
                {{"ADDRESS", describe(*socket_)}});
    host_.loop().rewatch(socket_->fd.get(), 0, *this);
    host_.loop().arm_after(*this, pause);
    return;
  }
}

void Door::on_timer() {
  host_.loop().watch(socket_->fd.get(), EPOLLIN, *this);
}

}  // namespace vsockfwd::qgs
