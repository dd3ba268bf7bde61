// SPDX-License-Identifier: GPL-2.0
#include "relay/load/server.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "guest/failure.h"
#include "relay/load/control.h"
#include "relay/load/event_loop.h"
#include "relay/load/pattern_stream.h"
#include "relay/load/service.h"

namespace vsockfwd::relay_load {
namespace {

/// What all connections share.
struct Shared {
  EventLoop loop;
  Counts counts;
  PeriodicPattern pattern;
  std::vector<std::byte> scratch = std::vector<std::byte>(PeriodicPattern::max_piece);
  /// Why the server must not go on.
  Result<void> outcome;
};

/// One connection of a client; deletes itself.
class Connection : public Watcher {
 public:
  Connection(Shared& shared, UniqueFd fd)
      : shared_(shared),
        fd_(std::move(fd)),
        sender_(shared.pattern),
        receiver_(shared.pattern, Check::start_of_pieces) {
    ++shared_.counts.connections;
    shared_.loop.watch(fd_.get(), EPOLLIN, *this);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() override { --shared_.counts.connections; }

  void on_events(std::uint32_t /*events*/) override {
    const auto going_on = (this->*serve_)();
    if (going_on && *going_on) return;
    if (!going_on) report(going_on.error());
    delete this;
  }

 private:
  /// Goes on with what the client wants; false when that is over.
  using Serve = Result<bool> (Connection::*)();

  Result<bool> read_service() {
    std::byte word{};
    const auto received = receive_some(fd_.get(), std::span(&word, 1));
    if (!received) return Failure(received.error());
    if (received->value_or(0) == 0) return !*received;
    switch (static_cast<Service>(word)) {
      case Service::sink:
        serve_ = &Connection::receive_pattern;
        return true;
      case Service::source:
        wait_as(EPOLLOUT, &Connection::send_pattern);
        return true;
      case Service::echo:
        serve_ = &Connection::echo;
        return true;
    }
    return Failure(Error{"a client asked for an unknown service", {}, EBADMSG});
  }

  Result<bool> receive_pattern() {
    const auto received = receiver_.receive(fd_.get(), shared_.scratch);
    if (!received) return Failure(received.error());
    shared_.counts.received += received->value_or(0);
    return *received != 0;
  }

  Result<bool> send_pattern() {
    const auto sent = sender_.send(fd_.get());
    if (!sent) return Failure(sent.error());
    return true;
  }

  Result<bool> echo() {
    const auto received = receive_some(fd_.get(), shared_.scratch);
    if (!received) return Failure(received.error());
    if (!*received) return true;
    if (**received == 0) return false;
    const auto piece = std::span(shared_.scratch).first(**received);
    const auto sent = send_some(fd_.get(), piece);
    if (!sent) return Failure(sent.error());
    const auto rest = piece.subspan(sent->value_or(0));
    unsent_.assign(rest.begin(), rest.end());
    if (!unsent_.empty()) wait_as(EPOLLOUT, &Connection::send_rest_of_echo);
    return true;
  }

  /// Receives no more until all is sent that was received.
  Result<bool> send_rest_of_echo() {
    const auto sent = send_some(fd_.get(), unsent_);
    if (!sent) return Failure(sent.error());
    unsent_.erase(unsent_.begin(),
                  unsent_.begin() + static_cast<std::ptrdiff_t>(sent->value_or(0)));
    if (unsent_.empty()) wait_as(EPOLLIN, &Connection::echo);
    return true;
  }

  void wait_as(std::uint32_t events, Serve serve) {
    serve_ = serve;
    shared_.loop.change(fd_.get(), events, *this);
  }

  void report(const Error& error) {
    ++shared_.counts.broken;
    if (error.code != EBADMSG) return;
    shared_.outcome = Failure(error);
    shared_.loop.stop();
  }

  Shared& shared_;
  UniqueFd fd_;
  Serve serve_ = &Connection::read_service;
  PatternSender sender_;
  PatternReceiver receiver_;
  std::vector<std::byte> unsent_;
};

/// Takes connections at one address.
class Listener : public Watcher {
 public:
  Listener(Shared& shared, UniqueFd fd) : shared_(shared), fd_(std::move(fd)) {
    shared_.loop.watch(fd_.get(), EPOLLIN, *this);
  }

  void on_events(std::uint32_t /*events*/) override {
    for (;;) {
      UniqueFd fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!fd) break;
      send_at_once(fd.get());
      // Deletes itself; those that are left at the end end with the process.
      new Connection(shared_, std::move(fd));  // NOLINT(cppcoreguidelines-owning-memory)
    }
    if (errno == EAGAIN || errno == ECONNABORTED) return;
    shared_.outcome = errno_failure("cannot take a connection", errno);
    shared_.loop.stop();
  }

 private:
  Shared& shared_;
  UniqueFd fd_;
};

}  // namespace

Result<void> serve(const std::vector<SocketAddress>& addresses) {
  Shared shared;
  std::vector<std::unique_ptr<Listener>> listeners;
  for (const auto& address : addresses) {
    auto fd = listen_at(address);
    if (!fd) return Failure(fd.error());
    listeners.push_back(std::make_unique<Listener>(shared, std::move(*fd)));
  }
  Control control(shared.loop, shared.counts);
  print_ready();
  shared.loop.run();
  return shared.outcome;
}

}  // namespace vsockfwd::relay_load
