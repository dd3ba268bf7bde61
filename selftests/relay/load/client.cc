// SPDX-License-Identifier: GPL-2.0
#include "relay/load/client.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "guest/failure.h"
#include "relay/load/control.h"
#include "relay/load/event_loop.h"
#include "relay/load/pattern_stream.h"

namespace vsockfwd::relay_load {
namespace {

using SteadyClock = std::chrono::steady_clock;

Failure ended_early(std::uint64_t received) {
  return Failure(
      Error{fmt::format("the connection ended after {} bytes", received), {}, ECONNABORTED});
}

/// Sends all of `data` on a socket that blocks.
Result<void> send_all(int fd, std::span<const std::byte> data) {
  while (!data.empty()) {
    const auto sent = send_some(fd, data);
    if (!sent) return Failure(sent.error());
    data = data.subspan(sent->value_or(0));
  }
  return {};
}

/// Receives as much as `out` takes, on a socket that blocks.
Result<void> receive_all(int fd, std::span<std::byte> out) {
  const auto wanted = out.size();
  while (!out.empty()) {
    const auto received = receive_some(fd, out);
    if (!received) return Failure(received.error());
    if (received->value_or(0) == 0) return ended_early(wanted - out.size());
    out = out.subspan(**received);
  }
  return {};
}

/// Tells the server what is wanted of it; the word goes with what is sent next.
Result<void> ask_for(int fd, Service service) {
  const auto word = static_cast<std::byte>(service);
  if (::send(fd, &word, sizeof(word), MSG_NOSIGNAL | MSG_MORE) == sizeof(word)) return {};
  return errno_failure("cannot send", errno);
}

/// A connection to a server that knows what is wanted of it. It blocks.
Result<UniqueFd> connect_for(const SocketAddress& server, Service service) {
  auto fd = connect_to(server);
  if (!fd) return fd;
  return ask_for(fd->get(), service).map([&] { return std::move(*fd); });
}

/// What the connections of one loop share.
struct Shared {
  EventLoop loop;
  Counts counts;
  PeriodicPattern pattern;
  std::vector<std::byte> scratch = std::vector<std::byte>(PeriodicPattern::max_piece);
  /// Why the loop was stopped before its time.
  Result<void> outcome;

  void fail(Error error) {
    outcome = Failure(std::move(error));
    loop.stop();
  }
};

class BulkConnection : public Watcher {
 public:
  BulkConnection(Shared& shared, UniqueFd fd, Service service)
      : shared_(shared),
        fd_(std::move(fd)),
        service_(service),
        sender_(shared.pattern),
        receiver_(shared.pattern, Check::start_of_pieces) {
    shared_.loop.watch(fd_.get(), service_ == Service::sink ? EPOLLOUT : EPOLLIN, *this);
  }

  void on_events(std::uint32_t /*events*/) override {
    const auto moved = service_ == Service::sink ? sender_.send(fd_.get()) : receive();
    if (!moved) shared_.fail(moved.error());
  }

 private:
  Moved receive() {
    auto received = receiver_.receive(fd_.get(), shared_.scratch);
    if (received && *received == 0) return ended_early(receiver_.received());
    if (received) shared_.counts.received += received->value_or(0);
    return received;
  }

  Shared& shared_;
  UniqueFd fd_;
  Service service_;
  PatternSender sender_;
  PatternReceiver receiver_;
};

/// Carries out exchanges, some at a time.
class ExchangeRunner {
 public:
  ExchangeRunner(const SocketAddress& server, const Exchanges& wanted)
      : server_(server), wanted_(wanted) {}

  Result<Latency> run() {
    for (std::uint32_t i = 0; i < wanted_.at_once; ++i) start_next();
    shared_.loop.run();
    return shared_.outcome.map([&] { return std::move(latency_); });
  }

 private:
  class Exchange;

  void start_next();
  void end(const Result<void>& outcome, std::chrono::nanoseconds duration);

  const SocketAddress& server_;
  Exchanges wanted_;
  Shared shared_;
  std::uint32_t started_ = 0;
  Latency latency_;
};

/// One connection; deletes itself when it is over.
class ExchangeRunner::Exchange : public Watcher {
 public:
  Exchange(ExchangeRunner& runner, UniqueFd fd, SteadyClock::time_point start)
      : runner_(runner),
        fd_(std::move(fd)),
        start_(start),
        sender_(runner.shared_.pattern, runner.wanted_.bytes),
        receiver_(runner.shared_.pattern, runner.wanted_.check) {
    runner_.shared_.loop.watch(fd_.get(), EPOLLOUT, *this);
  }

  void on_events(std::uint32_t events) override {
    const auto over = go_on(events);
    if (over && !*over) return;
    const auto duration = SteadyClock::now() - start_;
    fd_.reset();
    runner_.end(over.map([](bool) {}), duration);
    delete this;
  }

 private:
  /// True when all is done.
  Result<bool> go_on(std::uint32_t events) {
    if (!asked_) {
      if (const auto asked = ask_for(fd_.get(), Service::echo); !asked)
        return Failure(asked.error());
      asked_ = true;
    }
    if ((events & EPOLLOUT) != 0 && !sender_.done()) {
      if (const auto sent = send(); !sent) return Failure(sent.error());
    }
    return (events & ~std::uint32_t{EPOLLOUT}) != 0 ? receive() : false;
  }

  Result<void> send() {
    const auto sent = sender_.send(fd_.get());
    if (!sent) return Failure(sent.error());
    runner_.shared_.loop.change(fd_.get(), sender_.done() ? EPOLLIN : EPOLLIN | EPOLLOUT, *this);
    if (sender_.done() && runner_.wanted_.half_close && ::shutdown(fd_.get(), SHUT_WR) < 0) {
      return errno_failure("cannot end the sending", errno);
    }
    return {};
  }

  Result<bool> receive() {
    const auto received = receiver_.receive(fd_.get(), runner_.shared_.scratch);
    if (!received) return Failure(received.error());
    const bool complete = receiver_.received() == runner_.wanted_.bytes;
    const bool ended = *received == 0;
    if (ended && !complete) return ended_early(receiver_.received());
    return runner_.wanted_.half_close ? ended : complete;
  }

  ExchangeRunner& runner_;
  UniqueFd fd_;
  SteadyClock::time_point start_;
  bool asked_ = false;
  PatternSender sender_;
  PatternReceiver receiver_;
};

void ExchangeRunner::start_next() {
  if (started_ == wanted_.total) return;
  ++started_;
  const auto start = SteadyClock::now();
  auto fd = begin_to_connect(server_);
  if (!fd) {
    shared_.fail(fd.error());
    return;
  }
  // Deletes itself; those that are left after a failure end with the process.
  new Exchange(*this, std::move(*fd), start);  // NOLINT(cppcoreguidelines-owning-memory)
}

void ExchangeRunner::end(const Result<void>& outcome, std::chrono::nanoseconds duration) {
  if (!outcome) {
    shared_.fail(outcome.error());
    return;
  }
  latency_.add(duration);
  if (latency_.count() == wanted_.total) shared_.loop.stop();
  start_next();
}

/// Runs the loop until the standard input ends.
Result<void> run_until_told(Shared& shared) {
  const Control control(shared.loop, shared.counts);
  print_ready();
  shared.loop.run();
  return shared.outcome;
}

}  // namespace

Result<void> run_bulk(const SocketAddress& server, Service service, std::uint32_t connections) {
  Shared shared;
  std::vector<std::unique_ptr<BulkConnection>> all;
  for (std::uint32_t i = 0; i < connections; ++i) {
    auto fd = connect_for(server, service);
    if (!fd) return Failure(fd.error());
    if (const auto set = set_nonblocking(fd->get()); !set) return set;
    all.push_back(std::make_unique<BulkConnection>(shared, std::move(*fd), service));
    ++shared.counts.connections;
  }
  return run_until_told(shared);
}

Result<void> run_idle(const SocketAddress& server, std::uint32_t connections) {
  Shared shared;
  std::vector<UniqueFd> all;
  for (std::uint32_t i = 0; i < connections; ++i) {
    auto fd = connect_for(server, Service::echo);
    if (!fd) return Failure(fd.error());
    std::byte byte{};
    const auto served = send_all(fd->get(), std::span(&byte, 1)).and_then([&] {
      return receive_all(fd->get(), std::span(&byte, 1));
    });
    if (!served) return served;
    all.push_back(std::move(*fd));
    ++shared.counts.connections;
  }
  return run_until_told(shared);
}

Result<Latency> run_requests(const SocketAddress& server, std::size_t size,
                             std::chrono::nanoseconds duration) {
  const auto fd = connect_for(server, Service::echo);
  if (!fd) return Failure(fd.error());
  const PeriodicPattern pattern;
  const auto request = pattern.at(0).first(size);
  std::vector<std::byte> answer(size);
  Latency latency;
  const auto end = SteadyClock::now() + duration;
  for (auto start = SteadyClock::now(); start < end;) {
    const auto done =
        send_all(fd->get(), request).and_then([&] { return receive_all(fd->get(), answer); });
    if (!done) return Failure(done.error());
    if (!pattern.matches(0, answer, Check::every_byte)) {
      return Failure(Error{"an answer is not what was sent", {}, EBADMSG});
    }
    const auto now = SteadyClock::now();
    latency.add(now - start);
    start = now;
  }
  return latency;
}

Result<Latency> run_exchanges(const SocketAddress& server, const Exchanges& exchanges) {
  return ExchangeRunner(server, exchanges).run();
}

}  // namespace vsockfwd::relay_load
