// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/listen_sockets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <variant>
#include <vector>

#include "lib/event_loop.h"
#include "lib/log.h"
#include "lib/socket_address.h"
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

Result<std::vector<Address>> look_up(const TcpAddress& tcp) {
  return BlockingLookup()
      .resolve(tcp.host)
      .map([&tcp](const std::vector<SocketAddress>& found) {
        std::vector<Address> addresses;
        for (const auto& one : found) {
          auto address = one.with_ip_port(tcp.port).to_address();
          // /etc/hosts may well say it twice.
          if (std::ranges::find(addresses, address) == addresses.end()) {
            addresses.push_back(std::move(address));
          }
        }
        return addresses;
      })
      .map_error([&tcp](const Error& error) {
        return Error{fmt::format("cannot listen on {:?}: {}", format_address(tcp), error.message),
                     error.hint, error.code};
      });
}

bool has_name(const TcpAddress& tcp) {
  return !SocketAddress::ip(tcp.host, tcp.port);
}

/// Names often have an IPv6 address, whether this machine has IPv6 or not.
bool lacks_address(const Error& error) {
  return error.code == EADDRNOTAVAIL || error.code == EAFNOSUPPORT;
}

}  // namespace

Result<ListenSockets> open_listen_sockets(const Address& address, const ListenOptions& options) {
  std::vector<Address> addresses = {address};
  if (const auto* const tcp = std::get_if<TcpAddress>(&address); tcp != nullptr && has_name(*tcp)) {
    auto found = look_up(*tcp);
    if (!found) return Failure(std::move(found.error()));
    addresses = std::move(*found);
  }
  ListenSockets sockets;
  std::vector<Error> lacking;
  for (const auto& one : addresses) {
    auto socket = open_listen_socket(one, options);
    if (socket) {
      sockets.push_back(std::move(*socket));
    } else if (lacks_address(socket.error())) {
      lacking.push_back(std::move(socket.error()));
    } else {
      return Failure(std::move(socket.error()));
    }
  }
  if (sockets.empty()) return Failure(std::move(lacking.front()));
  for (const auto& error : lacking) log(Priority::warning, error);
  return sockets;
}

}  // namespace vsockfwd::relay
