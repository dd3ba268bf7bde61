// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/call.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "lib/socket.h"

namespace vsockfwd::qgs {
namespace {

/// Before connecting again to a service whose backlog is full.
constexpr std::chrono::milliseconds pause{20};

}  // namespace

Call::Call(EventLoop& loop, const SocketAddress& service, const Request& request, Ender& ender)
    : loop_(loop), service_(service), request_(request), ender_(ender), reader_(request.kind) {}

void Call::start(std::chrono::milliseconds limit) {
  deadline_ = loop_.now() + limit;
  connect();
}

void Call::close() {
  loop_.timers().disarm(*this);
  fd_.reset();
  early_end_.reset();
}

void Call::connect() {
  auto fd = open_stream_socket(service_.family());
  if (!fd) return end_soon(CallResult::Outcome::unreachable, fd.error().message, fd.error().code);
  fd_ = std::move(*fd);
  const auto limit = std::max(deadline_ - loop_.now(), std::chrono::milliseconds(1));
  const auto connecting = begin_connect(fd_.get(), service_, limit);
  if (!connecting) {
    return end_soon(CallResult::Outcome::unreachable, connecting.error().message,
                    connecting.error().code);
  }
  if (*connecting == Connecting::refused_for_now) {
    fd_.reset();
    loop_.arm_after(*this, std::min(pause, limit));
    return;
  }
  loop_.timers().arm(*this, deadline_);
  connected_ = *connecting == Connecting::done;
  // Now and not in the next turn: until then, a thread of the service is idle.
  if (connected_) send();
  if (!loop_.watch(fd_.get(), sent_ ? EPOLLIN : EPOLLOUT, *this)) {
    end_soon(CallResult::Outcome::unreachable, "the kernel watches no more sockets", ENOSPC);
  }
}

void Call::end_soon(CallResult::Outcome outcome, std::string reason, int code) {
  early_end_ = {outcome, {}, ErrorCode::none, std::move(reason), code};
  loop_.call_again(*this);
}

void Call::on_events(std::uint32_t /*events*/, unsigned /*tag*/) {
  if (early_end_) {
    auto result = std::move(*early_end_);
    close();
    return ender_.call_ended(*this, std::move(result));
  }
  if (!fd_) return;
  if (!connected_) {
    if (const int code = take_socket_error(fd_.get()); code != 0) {
      return end(CallResult::Outcome::unreachable,
                 fmt::format("cannot connect: {}", std::strerror(code)), code);
    }
    connected_ = true;
  }
  if (sent_) return receive();
  send();
  if (sent_) loop_.rewatch(fd_.get(), EPOLLIN, *this);
}

void Call::on_timer() {
  if (fd_ || loop_.now() >= deadline_) return end(CallResult::Outcome::timed_out, "out of time");
  connect();
}

void Call::send() {
  // In one piece: the service would swallow a request that comes in two. A new socket has room.
  const auto& bytes = request_.bytes;
  const auto count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count < 0) {
    if (errno == EAGAIN || errno == EINTR) return;
    return end_soon(CallResult::Outcome::unreachable,
                    fmt::format("cannot send: {}", std::strerror(errno)), errno);
  }
  if (static_cast<std::size_t>(count) != bytes.size()) {
    return end_soon(CallResult::Outcome::broken, "the request did not fit into the socket", 0);
  }
  sent_ = true;
}

void Call::receive() {
  std::array<char, 65536> buffer;
  while (reader_.wanted() > 0 && !reader_.complete()) {
    const auto size = std::min(reader_.wanted(), buffer.size());
    const auto count = ::recv(fd_.get(), buffer.data(), size, MSG_DONTWAIT);
    if (count < 0) {
      if (errno == EAGAIN || errno == EINTR) return;
      return end(CallResult::Outcome::broken, std::strerror(errno));
    }
    if (count == 0) {
      reader_.end();
      break;
    }
    reader_.take({buffer.data(), static_cast<std::size_t>(count)});
  }
  if (reader_.failure()) return end(CallResult::Outcome::broken, *reader_.failure());
  end(CallResult::Outcome::answered, {});
}

void Call::end(CallResult::Outcome outcome, std::string reason, int code) {
  close();
  CallResult result{outcome, {}, ErrorCode::none, std::move(reason), code};
  if (outcome == CallResult::Outcome::answered) {
    result.error = reader_.error();
    result.reply = reader_.release();
  }
  ender_.call_ended(*this, std::move(result));
}

}  // namespace vsockfwd::qgs
