// SPDX-License-Identifier: Apache-2.0
#include "lib/inherited_sockets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "lib/socket.h"

namespace vsockfwd {
namespace {

/// An option of SOL_SOCKET; nothing of what is no socket.
std::optional<int> option_of(int fd, int option) {
  int value = 0;
  socklen_t size = sizeof(value);
  if (::getsockopt(fd, SOL_SOCKET, option, &value, &size) < 0) return std::nullopt;
  return value;
}

bool is_stream_listener(int fd) {
  static constexpr std::array families = {AF_INET, AF_INET6, AF_VSOCK, AF_UNIX};
  return option_of(fd, SO_ACCEPTCONN) == 1 && option_of(fd, SO_TYPE) == SOCK_STREAM &&
         std::ranges::find(families, option_of(fd, SO_DOMAIN)) != families.end();
}

Result<void> make_ready(int fd) {
  if (!is_stream_listener(fd)) {
    return Failure(
        Error{"what was handed over is not a listening stream socket of TCP, vsock or unix",
              "the socket unit needs ListenStream= and Accept=no", 0});
  }
  if (::fcntl(fd, F_SETFL, O_NONBLOCK) < 0 || ::fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
    return Failure(Error{fmt::format("fcntl: {}", std::strerror(errno)), {}, errno});
  }
  return tune_listener(fd);
}

}  // namespace

InheritedSockets::InheritedSockets(SocketsByName sockets) {
  for (auto& [name, fd] : sockets) {
    by_name_[name].push_back(
        std::make_shared<ListenSocket>(ListenSocket{std::move(fd), std::nullopt, true}));
  }
}

Result<ListenSockets> InheritedSockets::prepare(const InheritedAddress& address,
                                                const ListenOptions& options) const {
  const auto found = by_name_.find(address.name);
  if (found == by_name_.end()) {
    return Failure(Error{fmt::format("no socket was handed over under the name {:?}", address.name),
                         "FileDescriptorName= of the socket unit gives the name", 0});
  }
  const auto& sockets = found->second;
  for (const auto& socket : sockets) {
    if (auto ready = make_ready(socket->fd.get()); !ready) return Failure(ready.error());
  }
  return change_options(sockets, options).map([&] { return sockets; });
}

}  // namespace vsockfwd
