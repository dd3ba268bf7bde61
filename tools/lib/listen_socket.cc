// SPDX-License-Identifier: Apache-2.0
#include "lib/listen_socket.h"

#include <fmt/format.h>
#include <sys/socket.h>
// Needs what <sys/socket.h> declares.
#include <linux/vm_sockets.h>

#include <cerrno>
#include <utility>
#include <variant>

#include "lib/socket.h"
#include "lib/socket_address.h"

namespace vsockfwd {
namespace {

using Opened = Result<std::shared_ptr<const ListenSocket>>;

Opened share(UniqueFd fd, std::optional<SocketFile> file = std::nullopt) {
  return std::make_shared<ListenSocket>(ListenSocket{std::move(fd), std::move(file)});
}

/// Of a socket that is not to have one of its own.
constexpr int usual_backlog = 1024;

/// Opens the socket of one kind of address.
class Opener {
 public:
  explicit Opener(const ListenOptions& options) : options_(options) {}

  Opened operator()(const TcpAddress& tcp) const {
    if (const auto figures = SocketAddress::ip(tcp.host, tcp.port)) return listen_at(*figures);
    return Failure(Error{fmt::format("{:?} is no IP address", tcp.host), "write it in figures", 0});
  }

  Opened operator()(const VsockAddress& vsock) const {
    const auto port = vsock.port == 0 ? VMADDR_PORT_ANY : vsock.port;
    return listen_at(SocketAddress::vsock(vsock.cid, port));
  }

  Opened operator()(const UnixAddress& name) const {
    if (!name.abstract) return listen_at(name.path);
    return SocketAddress::unix_socket(name).and_then(
        [&](const SocketAddress& address) { return listen_at(address); });
  }

  Opened operator()(const HybridListenAddress& hybrid) const {
    return listen_at(fmt::format("{}_{}", hybrid.path, hybrid.port));
  }

  Opened operator()(const HybridConnectAddress& /*hybrid*/) const {
    return Failure(Error{"hvsock: only connects", "hvsock-listen: listens for guests", 0});
  }

  Opened operator()(const InheritedAddress& /*inherited*/) const {
    return Failure(Error{"no such socket was handed over",
                         "FileDescriptorName= of the socket unit gives the name", ENOENT});
  }

 private:
  [[nodiscard]] Opened listen_at(const SocketAddress& address) const {
    return open_listener(address, backlog()).and_then([](UniqueFd&& fd) {
      return share(std::move(fd));
    });
  }

  [[nodiscard]] Opened listen_at(const std::string& path) const {
    auto fd = open_stream_socket(AF_UNIX);
    if (!fd) return Failure(fd.error());
    auto file = SocketFile::listen(fd->get(), path, {options_.mode, options_.group}, backlog());
    if (!file) return Failure(file.error());
    return share(std::move(*fd), std::move(*file));
  }

  [[nodiscard]] int backlog() const { return options_.backlog.value_or(usual_backlog); }

  const ListenOptions& options_;
};

std::string hint_for(const Address& address, const Error& error) {
  if (!error.hint.empty()) return error.hint;
  const bool vsock = std::holds_alternative<VsockAddress>(address);
  const bool has_port = vsock || std::holds_alternative<TcpAddress>(address);
  if (error.code == EADDRINUSE) return "another process listens there: ss --listening tells which";
  if (error.code == ENOENT) return "make the folder of the socket first";
  if (error.code == EACCES && !has_port) return "this user may not make files in the folder";
  if (error.code == EACCES) return "ports up to 1023 need CAP_NET_BIND_SERVICE";
  if (error.code == EADDRNOTAVAIL && vsock) return "this machine does not have that CID; try any";
  if (error.code == EADDRNOTAVAIL) return "this machine does not have that address";
  if (error.code == EAFNOSUPPORT && vsock) return "load the module vsock";
  return {};
}

}  // namespace

Error cannot_listen(const Address& address, const Error& error) {
  return {fmt::format("cannot listen on {:?}: {}", format_address(address), error.message),
          hint_for(address, error), error.code};
}

Result<std::shared_ptr<const ListenSocket>> open_listen_socket(const Address& address,
                                                               const ListenOptions& options) {
  return std::visit(Opener(options), address).map_error([&](const Error& error) {
    return cannot_listen(address, error);
  });
}

Result<void> change_options(const ListenSockets& sockets, const ListenOptions& options) {
  for (const auto& socket : sockets) {
    if (options.backlog || !socket->inherited) {
      const int backlog = options.backlog.value_or(usual_backlog);
      if (auto done = listen_on(socket->fd.get(), backlog); !done) return done;
    }
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

}  // namespace vsockfwd
