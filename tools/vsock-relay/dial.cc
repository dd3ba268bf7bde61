// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/dial.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "lib/hvsock.h"
#include "lib/socket.h"

namespace vsockfwd::relay {
namespace {

/// How long to wait for something that gives no sign: a place in a unix socket's backlog, or a
/// descriptor.
constexpr milliseconds room_time{20};
/// Of one message; there may be any number of targets.
constexpr std::size_t most_targets_named = 4;

Error errno_error(const char* what, int code) {
  return {fmt::format("{}: {}", what, std::strerror(code)), {}, code};
}

bool lacks_descriptors(const Error& error) {
  return error.code == EMFILE || error.code == ENFILE || error.code == ENOBUFS ||
         error.code == ENOMEM;
}

/// The path that stands for a target in the file system.
Result<SocketAddress> unix_address_of(const Address& target) {
  if (const auto* hybrid = std::get_if<HybridConnectAddress>(&target)) {
    return SocketAddress::unix_socket({hybrid->path, false});
  }
  return SocketAddress::unix_socket(std::get<UnixAddress>(target));
}

}  // namespace

Dial::Dial(Worker& worker, const Dialer& dialer, milliseconds timeout, Owner& owner)
    : worker_(worker),
      dialer_(dialer),
      timeout_(timeout),
      owner_(owner),
      backoff_(dialer.backoff, dialer.backoff_max) {}

Dial::~Dial() {
  if (state_ == State::resolving) worker_.resolver().cancel(*this);
  worker_.loop().timers().disarm(*this);
}

void Dial::start() {
  target_ = 0;
  failures_.clear();
  begin_target();
}

void Dial::begin_target() {
  give_up_ = worker_.loop().now() + timeout_;
  const auto* tcp = std::get_if<TcpAddress>(&target());
  if (const auto* vsock = std::get_if<VsockAddress>(&target())) {
    return try_addresses({SocketAddress::vsock(vsock->cid, vsock->port)});
  }
  if (tcp == nullptr) {
    auto address = unix_address_of(target());
    if (!address) {
      last_error_ = address.error();
      return target_failed();
    }
    return try_addresses({*address});
  }
  if (const auto figures = SocketAddress::ip(tcp->host, tcp->port)) {
    return try_addresses({*figures});
  }
  state_ = State::resolving;
  worker_.loop().timers().arm(*this, give_up_);
  worker_.resolver().resolve(tcp->host, *this);
}

void Dial::resolved(const Result<std::vector<SocketAddress>>& addresses) {
  state_ = State::idle;
  if (!addresses) {
    last_error_ = addresses.error();
    return target_failed();
  }
  const auto port = std::get<TcpAddress>(target()).port;
  std::vector<SocketAddress> wanted;
  for (const auto& address : *addresses) {
    if (has(dialer_.family, address.family())) wanted.push_back(address.with_ip_port(port));
  }
  if (!wanted.empty()) return try_addresses(std::move(wanted));
  last_error_ = {"the name has no address of the family asked for", {}, EAFNOSUPPORT};
  target_failed();
}

void Dial::try_addresses(std::vector<SocketAddress> addresses) {
  addresses_ = std::move(addresses);
  address_ = 0;
  begin_address();
}

void Dial::begin_address() {
  give_up_ = worker_.loop().now() + timeout_;
  connect();
}

void Dial::connect() {
  const auto& address = addresses_[address_];
  auto fd = open_stream_socket(address.family());
  if (!fd) {
    return lacks_descriptors(fd.error()) ? wait_for_room() : address_failed(std::move(fd.error()));
  }
  fd_ = std::move(*fd);
  const auto begun = begin_connect(fd_.get(), address, timeout_);
  if (!begun) return address_failed(begun.error());
  if (*begun == Connecting::done) return connect_done();
  if (*begun == Connecting::refused_for_now) return wait_for_room();

  state_ = State::connecting;
  worker_.loop().timers().arm(*this, give_up_);
  if (!worker_.loop().watch(fd_.get(), EPOLLOUT, *this)) {
    address_failed(errno_error("epoll_ctl", errno));
  }
}

void Dial::on_events(std::uint32_t events, unsigned /*tag*/) {
  if (state_ == State::handshaking) return read_answer();
  if (state_ != State::connecting) return;
  if ((events & (EPOLLERR | EPOLLHUP)) == 0) return connect_done();
  address_failed(errno_error("cannot connect", take_socket_error(fd_.get())));
}

void Dial::connect_done() {
  if (std::holds_alternative<HybridConnectAddress>(target())) return send_request();
  succeeded();
}

void Dial::send_request() {
  const auto request = hvsock_request(std::get<HybridConnectAddress>(target()).port);
  const auto sent = ::send(fd_.get(), request.data(), request.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(request.size())) {
    return address_failed(errno_error("cannot send CONNECT to the VMM", sent < 0 ? errno : EIO));
  }
  state_ = State::handshaking;
  worker_.loop().timers().arm(*this, give_up_);
  if (!worker_.loop().rewatch(fd_.get(), EPOLLIN | EPOLLET, *this)) {
    address_failed(errno_error("epoll_ctl", errno));
  }
}

void Dial::read_answer() {
  auto answer = take_hvsock_answer(fd_.get(), std::get<HybridConnectAddress>(target()).port);
  if (!answer) return address_failed(std::move(answer.error()));
  if (*answer) succeeded();
}

void Dial::wait_for_room() {
  const auto now = worker_.loop().now();
  if (now >= give_up_) {
    return address_failed({"gave up waiting for a place or a descriptor", {}, EAGAIN});
  }
  fd_.reset();
  state_ = State::waiting_for_room;
  worker_.loop().arm_after(*this, room_time);
}

void Dial::address_failed(Error error) {
  worker_.loop().timers().disarm(*this);
  fd_.reset();
  last_error_ = std::move(error);
  if (++address_ < addresses_.size()) return begin_address();
  target_failed();
}

void Dial::target_failed() {
  worker_.loop().timers().disarm(*this);
  const auto failure = fmt::format("{:?}: {}", format_address(target()), last_error_.message);
  if (target_ < most_targets_named) failures_ += (target_ == 0 ? "" : "; ") + failure;
  if (++target_ == dialer_.targets.size()) return round_failed();
  owner_.trying_next(
      {fmt::format("cannot reach {}; trying {:?}", failure, format_address(target())),
       last_error_.hint, last_error_.code});
  begin_target();
}

void Dial::round_failed() {
  ++round_;
  const auto unnamed =
      dialer_.targets.size() - std::min(dialer_.targets.size(), most_targets_named);
  const auto rest = unnamed == 0 ? std::string() : fmt::format("; and {} more", unnamed);
  const Error error{fmt::format("cannot reach {}{}", failures_, rest), last_error_.hint,
                    last_error_.code};
  if (dialer_.attempts != 0 && round_ >= dialer_.attempts) {
    state_ = State::idle;
    return owner_.unreachable(error);
  }
  owner_.trying_again(error);
  state_ = State::backing_off;
  worker_.loop().arm_after(*this, backoff_.next());
}

void Dial::succeeded() {
  state_ = State::idle;
  worker_.loop().timers().disarm(*this);
  owner_.connected(std::move(fd_));
}

void Dial::on_timer() {
  switch (state_) {
    case State::backing_off:
      return start();
    case State::waiting_for_room:
      return connect();
    case State::resolving:
      worker_.resolver().cancel(*this);
      last_error_ = {"no answer of DNS in time", {}, ETIMEDOUT};
      return target_failed();
    default:
      return address_failed(
          {fmt::format("no answer within {} ms", timeout_.count()), {}, ETIMEDOUT});
  }
}

}  // namespace vsockfwd::relay
