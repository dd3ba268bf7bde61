// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/listen_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
// Needs what <sys/socket.h> declares.
#include <linux/vm_sockets.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <variant>

#include "lib/socket.h"
#include "lib/socket_address.h"
#include "vsock-relay/event_loop.h"
#include "vsock-relay/resolver.h"

namespace vsockfwd::relay {
namespace {

/// Waits for the answer, in a loop of its own: nothing else happens while listeners are made.
class BlockingLookup final : private Resolver::Client {
 public:
  Result<std::vector<SocketAddress>> resolve(const std::string& name) {
    Resolver resolver(loop_);
    resolver.resolve(name, *this);
    loop_.run();
    return std::move(result_);
  }

 private:
  void resolved(const Result<std::vector<SocketAddress>>& addresses) override {
    result_ = addresses;
    loop_.stop();
  }

  EventLoop loop_;
  Result<std::vector<SocketAddress>> result_;
};

std::shared_ptr<const ListenSocket> share(UniqueFd fd,
                                          std::optional<SocketFile> file = std::nullopt) {
  return std::make_shared<ListenSocket>(ListenSocket{std::move(fd), std::move(file)});
}

Result<ListenSockets> one(Result<UniqueFd> fd) {
  if (!fd) return Failure(fd.error());
  return ListenSockets{share(std::move(*fd))};
}

Result<void> make_ready(int fd) {
  int listens = 0;
  socklen_t size = sizeof(listens);
  if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0 || listens == 0) {
    return Failure(Error{"what was handed over is not a listening socket",
                         "the socket unit needs ListenStream= and Accept=no", 0});
  }
  if (::fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0) return {};
  return Failure(Error{fmt::format("fcntl: {}", std::strerror(errno)), {}, errno});
}

/// Opens the sockets of one kind of address.
class Opener {
 public:
  explicit Opener(const ListenOptions& options) : options_(options) {}

  Result<ListenSockets> operator()(const TcpAddress& tcp) const {
    if (const auto figures = SocketAddress::ip(tcp.host, tcp.port)) {
      return one(open_listener(*figures, options_.backlog));
    }
    const auto addresses = BlockingLookup().resolve(tcp.host);
    if (!addresses) return Failure(addresses.error());
    ListenSockets sockets;
    for (const auto& address : *addresses) {
      auto fd = open_listener(address.with_ip_port(tcp.port), options_.backlog);
      if (!fd) return Failure(fd.error());
      sockets.push_back(share(std::move(*fd)));
    }
    return sockets;
  }

  Result<ListenSockets> operator()(const VsockAddress& vsock) const {
    const auto port = vsock.port == 0 ? VMADDR_PORT_ANY : vsock.port;
    return one(open_listener(SocketAddress::vsock(vsock.cid, port), options_.backlog));
  }

  Result<ListenSockets> operator()(const UnixAddress& name) const {
    if (!name.abstract) return listen_at(name.path);
    return SocketAddress::unix_socket(name).and_then([&](const SocketAddress& address) {
      return one(open_listener(address, options_.backlog));
    });
  }

  Result<ListenSockets> operator()(const HybridListenAddress& hybrid) const {
    return listen_at(fmt::format("{}_{}", hybrid.path, hybrid.port));
  }

  Result<ListenSockets> operator()(const HybridConnectAddress& /*hybrid*/) const {
    return Failure(Error{"hvsock: only connects", "hvsock-listen: listens for guests", 0});
  }

  Result<ListenSockets> operator()(const InheritedAddress& /*inherited*/) const {
    return Failure(Error{"no such socket was handed over",
                         "FileDescriptorName= of the socket unit gives the name", ENOENT});
  }

 private:
  [[nodiscard]] Result<ListenSockets> listen_at(const std::string& path) const {
    auto fd = open_stream_socket(AF_UNIX);
    if (!fd) return Failure(fd.error());
    auto file =
        SocketFile::listen(fd->get(), path, {options_.mode, options_.group}, options_.backlog);
    if (!file) return Failure(file.error());
    return ListenSockets{share(std::move(*fd), std::move(*file))};
  }

  const ListenOptions& options_;
};

std::string hint_for(const Address& address, const Error& error) {
  if (!error.hint.empty()) return error.hint;
  const bool vsock = std::holds_alternative<VsockAddress>(address);
  if (error.code == EADDRINUSE) return "another process listens there: ss --listening tells which";
  if (error.code == EACCES) return "ports up to 1023 need CAP_NET_BIND_SERVICE";
  if (error.code == EADDRNOTAVAIL && vsock) return "this machine does not have that CID; try any";
  if (error.code == EADDRNOTAVAIL) return "this machine does not have that address";
  if (error.code == EAFNOSUPPORT && vsock) return "load the module vsock";
  return {};
}

}  // namespace

Result<void> prepare_inherited(const ListenSockets& sockets) {
  for (const auto& socket : sockets) {
    if (auto ready = make_ready(socket->fd.get()); !ready) return ready;
  }
  return {};
}

Result<ListenSockets> open_listen_sockets(const Address& address, const ListenOptions& options) {
  return std::visit(Opener(options), address).map_error([&](const Error& error) {
    return Error{fmt::format("cannot listen on {:?}: {}", format_address(address), error.message),
                 hint_for(address, error), error.code};
  });
}

Result<void> change_options(const ListenSockets& sockets, const ListenOptions& options) {
  for (const auto& socket : sockets) {
    if (auto done = listen_on(socket->fd.get(), options.backlog); !done) return done;
    if (!socket->file) continue;
    auto done = socket->file->set_access({options.mode, options.group});
    if (!done) return done;
  }
  return {};
}

std::string describe(const ListenSocket& socket) {
  if (socket.file) return format_address(UnixAddress{socket.file->path(), false});
  return format_address(local_address(socket.fd.get()).to_address());
}

}  // namespace vsockfwd::relay
