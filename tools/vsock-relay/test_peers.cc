// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/test_peers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <random>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "lib/socket.h"
#include "lib/socket_address.h"

namespace vsockfwd::relay::test {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what);
}

[[noreturn]] void fail_with_errno(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

template <typename T>
T must(Result<T> result) {
  if (!result) fail(result.error().message);
  return std::move(*result);
}

void make_blocking(int fd) {
  if (::fcntl(fd, F_SETFL, 0) < 0) fail_with_errno("fcntl");
  const timeval time{.tv_sec = patience.count(), .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
}

SocketAddress to_socket_address(const Address& address) {
  if (const auto* tcp = std::get_if<TcpAddress>(&address)) {
    return SocketAddress::ip(tcp->host, tcp->port).value();
  }
  return must(SocketAddress::unix_socket(std::get<UnixAddress>(address)));
}

UniqueFd new_socket(const SocketAddress& address) {
  auto fd = must(open_stream_socket(address.family()));
  make_blocking(fd.get());
  return fd;
}

bool wait_for(int fd, short events, std::chrono::milliseconds time) {
  pollfd poll{.fd = fd, .events = events, .revents = 0};
  return ::poll(&poll, 1, static_cast<int>(time.count())) > 0;
}

}  // namespace

bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

ScratchDirectory::ScratchDirectory() {
  std::string name = std::filesystem::temp_directory_path() / "relay-test-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) fail_with_errno("mkdtemp");
  path_ = name;
}

ScratchDirectory::~ScratchDirectory() {
  std::filesystem::remove_all(path_);
}

Stream::Stream(UniqueFd fd) : fd_(std::move(fd)) {
  make_blocking(fd_.get());
}

Stream Stream::connect(const Address& address) {
  return connect_socket(new_socket(to_socket_address(address)), address);
}

Stream Stream::connect_from(const std::string& host, const Address& address) {
  auto fd = new_socket(to_socket_address(address));
  const auto own = SocketAddress::ip(host, 0).value();
  if (::bind(fd.get(), own.get(), own.size()) < 0) fail_with_errno("bind to " + host);
  return connect_socket(std::move(fd), address);
}

Stream Stream::connect_socket(UniqueFd fd, const Address& address) {
  const auto peer = to_socket_address(address);
  if (::connect(fd.get(), peer.get(), peer.size()) < 0) {
    fail_with_errno(fmt::format("connect to {}", format_address(address)));
  }
  return Stream(std::move(fd));
}

void Stream::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) fail_with_errno("send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::size_t Stream::send_some(std::string_view bytes) {
  const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && errno != EAGAIN) fail_with_errno("send");
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

std::string Stream::receive(std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t filled = 0;
  while (filled < count) {
    const auto received = ::recv(fd_.get(), bytes.data() + filled, count - filled, 0);
    if (received < 0) fail_with_errno("recv");
    if (received == 0) fail(fmt::format("the end came after {} of {} bytes", filled, count));
    filled += static_cast<std::size_t>(received);
  }
  return bytes;
}

bool Stream::next_is(std::string_view expected) {
  std::array<char, 65536> chunk{};
  while (!expected.empty()) {
    const auto wanted = std::min(chunk.size(), expected.size());
    const auto received = ::recv(fd_.get(), chunk.data(), wanted, 0);
    if (received < 0) fail_with_errno("recv");
    const std::string_view part(chunk.data(), static_cast<std::size_t>(received));
    if (part.empty() || !expected.starts_with(part)) return false;
    expected.remove_prefix(part.size());
  }
  return true;
}

std::string Stream::receive_all() {
  std::string bytes;
  std::array<char, 65536> chunk{};
  for (;;) {
    const auto received = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
    if (received < 0) fail_with_errno("recv");
    if (received == 0) return bytes;
    bytes.append(chunk.data(), static_cast<std::size_t>(received));
  }
}

Ending Stream::wait_for_end() {
  std::array<char, 65536> chunk{};
  for (;;) {
    const auto received = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
    if (received == 0) return Ending::orderly;
    if (received < 0 && errno == ECONNRESET) return Ending::reset;
    if (received < 0) fail_with_errno("recv");
  }
}

bool Stream::readable_within(std::chrono::milliseconds time) const {
  return wait_for(fd_.get(), POLLIN, time);
}

bool Stream::writable_within(std::chrono::milliseconds time) const {
  return wait_for(fd_.get(), POLLOUT, time);
}

bool Stream::all_is_delivered() const {
  int left = 0;
  if (::ioctl(fd_.get(), SIOCOUTQ, &left) < 0) fail_with_errno("SIOCOUTQ");
  return left == 0;
}

void Stream::end_sending() {
  if (::shutdown(fd_.get(), SHUT_WR) < 0) fail_with_errno("shutdown");
}

void Stream::reset() {
  reset_on_close(fd_.get());
  fd_.reset();
}

Service::Service(const Address& address, int backlog) {
  fd_ = must(open_listener(to_socket_address(address), backlog));
  make_blocking(fd_.get());
  address_ = local_address(fd_.get()).to_address();
}

Stream Service::accept() {
  UniqueFd fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!fd) fail_with_errno("accept");
  return Stream(std::move(fd));
}

bool Service::called_within(std::chrono::milliseconds time) const {
  return wait_for(fd_.get(), POLLIN, time);
}

Address nobody() {
  Service service;
  return service.address();
}

Pair make_pair(const End& from, const End& to) {
  Pair pair;
  pair.name = "test";
  pair.from = from;
  pair.to = to;
  return pair;
}

Pair pair_to(const Address& target) {
  return make_pair(Listener{.address = TcpAddress{"127.0.0.1", 0}, .options = {}, .allow = {}},
                   Dialer{.targets = {target}});
}

RunningRelay::RunningRelay(const std::vector<Pair>& pairs, std::uint32_t workers)
    : RunningRelay([&] {
        Config config;
        config.pairs = pairs;
        config.workers = workers;
        return config;
      }()) {}

RunningRelay::RunningRelay(const Config& config) : relay_(must(Relay::start(config, {}))) {}

Address RunningRelay::address(std::size_t pair, unsigned side) {
  const auto state = status(pair);
  return must(parse_address(side == 0 ? state.from.at(0) : state.to.at(0), AddressUse::connect));
}

PairStatus RunningRelay::status(std::size_t pair) {
  return relay_->status().at(pair);
}

std::string pattern(std::size_t count, unsigned seed) {
  std::minstd_rand random(seed + 1);
  std::string bytes(count, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random() >> 8);
  return bytes;
}

}  // namespace vsockfwd::relay::test
