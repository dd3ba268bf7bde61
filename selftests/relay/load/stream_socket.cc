// SPDX-License-Identifier: GPL-2.0
#include "relay/load/stream_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>
// Needs what <sys/socket.h> declares.
#include <linux/vm_sockets.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "common/number.h"
#include "guest/failure.h"

namespace vsockfwd::relay_load {
namespace {

constexpr int backlog = 4096;

template <typename Sockaddr>
void store(const Sockaddr& from, SocketAddress& to) {
  std::memcpy(&to.storage, &from, sizeof(from));
  to.length = sizeof(from);
}

/// "HOST:PORT" in two.
std::optional<std::pair<std::string, std::string_view>> split_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return std::pair(std::string(text.substr(0, colon)), text.substr(colon + 1));
}

bool read_tcp(std::string_view text, SocketAddress& out) {
  const auto parts = split_port(text);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (!parts || ::inet_pton(AF_INET, parts->first.c_str(), &address.sin_addr) != 1) return false;
  const auto port = programs::parse_number<std::uint16_t>(parts->second);
  if (!port) return false;
  address.sin_port = htons(*port);
  store(address, out);
  return true;
}

bool read_unix(std::string_view text, SocketAddress& out) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (text.empty() || text.size() >= sizeof(address.sun_path)) return false;
  text.copy(address.sun_path, text.size());
  store(address, out);
  return true;
}

bool read_vsock(std::string_view text, SocketAddress& out) {
  const auto parts = split_port(text);
  if (!parts) return false;
  const auto cid = programs::parse_number<std::uint32_t>(parts->first);
  const auto port = programs::parse_number<std::uint32_t>(parts->second);
  if (!cid || !port) return false;
  sockaddr_vm address{};
  address.svm_family = AF_VSOCK;
  address.svm_cid = *cid;
  address.svm_port = *port;
  store(address, out);
  return true;
}

Result<UniqueFd> make_socket(const SocketAddress& address) {
  UniqueFd fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return errno_failure(fmt::format("cannot make a socket for {:?}", address.text), errno);
  return fd;
}

Result<void> connect_socket(int fd, const SocketAddress& address) {
  send_at_once(fd);
  const auto* const peer = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::connect(fd, peer, address.length) == 0 || errno == EINPROGRESS) return {};
  return errno_failure(fmt::format("cannot connect to {:?}", address.text), errno);
}

}  // namespace

Result<SocketAddress> parse_socket_address(std::string_view word) {
  using Reader = bool (*)(std::string_view, SocketAddress&);
  constexpr std::pair<std::string_view, Reader> readers[] = {
      {"tcp:", read_tcp}, {"unix:", read_unix}, {"vsock:", read_vsock}};
  SocketAddress address{.text = std::string(word)};
  for (const auto& [prefix, read] : readers) {
    if (word.starts_with(prefix) && read(word.substr(prefix.size()), address)) return address;
  }
  return Failure(
      Error{fmt::format("{:?} is none of tcp:IPV4:PORT, unix:PATH, vsock:CID:PORT", word), {}});
}

void send_at_once(int fd) {
  const int yes = 1;
  // Of other families than TCP there is nothing to turn off.
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

Result<void> set_nonblocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags >= 0 && ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0) return {};
  return errno_failure("cannot make a socket that does not block", errno);
}

Result<UniqueFd> listen_at(const SocketAddress& address) {
  auto fd = make_socket(address);
  if (!fd) return fd;
  const int yes = 1;
  ::setsockopt(fd->get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  const auto* const own = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::bind(fd->get(), own, address.length) < 0 || ::listen(fd->get(), backlog) < 0) {
    return errno_failure(fmt::format("cannot listen at {:?}", address.text), errno);
  }
  return set_nonblocking(fd->get()).map([&] { return std::move(*fd); });
}

Result<UniqueFd> connect_to(const SocketAddress& address) {
  auto fd = make_socket(address);
  if (!fd) return fd;
  return connect_socket(fd->get(), address).map([&] { return std::move(*fd); });
}

Result<UniqueFd> begin_to_connect(const SocketAddress& address) {
  auto fd = make_socket(address);
  if (!fd) return fd;
  return set_nonblocking(fd->get())
      .and_then([&] { return connect_socket(fd->get(), address); })
      .map([&] { return std::move(*fd); });
}

}  // namespace vsockfwd::relay_load
