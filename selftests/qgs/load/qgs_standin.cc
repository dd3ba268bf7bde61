// SPDX-License-Identifier: GPL-2.0
/// Stands in for Intel's quote generation service, and behaves as that has been observed to: one
/// request a connection, and it must come in one piece; what comes split behind its 20th byte is
/// swallowed until the connection's 30 s are over; two requests at once get one error; so many
/// threads, each busy with one quote; it closes after each reply. Its quotes say nothing about any
/// guest.
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/program.h"
#include "qgs/load/wire.h"
#include "relay/load/event_loop.h"
#include "relay/load/stream_socket.h"

namespace vsockfwd::qgs_load {
namespace {

using relay_load::EventLoop;
using relay_load::Watcher;
using Clock = std::chrono::steady_clock;

/// What the service does with a request.
enum class Answer { quote, error, close, part, hang, garbage };

struct Options {
  std::string address;
  unsigned threads = 4;
  unsigned microseconds = 0;
  unsigned limit_seconds = 30;
  Answer answer = Answer::quote;
  std::uint32_t error = 0x12001;
};

/// What has been seen, for tests.
struct Tally {
  std::atomic<unsigned> connections = 0;
  /// Those that have no reply yet.
  std::atomic<unsigned> open = 0;
  std::atomic<unsigned> most_open = 0;
  std::atomic<unsigned> requests = 0;
  std::atomic<unsigned> swallowed = 0;
  std::atomic<unsigned> pipelined = 0;

  void opened() {
    ++connections;
    const unsigned now = ++open;
    for (auto most = most_open.load(); now > most && !most_open.compare_exchange_weak(most, now);) {
    }
  }

  void print() const {
    std::printf(
        "{\"connections\": %u, \"most_open\": %u, \"requests\": %u, \"swallowed\": %u, "
        "\"pipelined\": %u}\n",
        connections.load(), most_open.load(), requests.load(), swallowed.load(), pipelined.load());
    std::fflush(stdout);
  }
};

Tally tally;

/// The reply to the only request of a connection.
std::string reply_to(const std::string& request, const Options& options) {
  const bool raw = request.size() == report_size;
  const auto type = raw ? 0 : read_little_endian(request, 8);
  if (options.answer == Answer::error) return raw ? "" : make_error_reply(type, options.error);
  if (options.answer == Answer::close) return {};
  if (options.answer == Answer::garbage) return std::string(4096, 'g');
  std::string reply;
  if (raw) {
    reply = make_quote(request);
  } else if (type == 2) {
    reply = make_collateral_reply();
  } else if (type == 4) {
    reply = make_platform_info_reply();
  } else {
    reply = make_quote_reply(make_quote(std::string_view(request).substr(28, report_size)));
  }
  if (options.answer == Answer::part) reply.resize(reply.size() / 2);
  return reply;
}

/// The threads that make quotes.
class Pool {
 public:
  explicit Pool(const Options& options) : options_(options) {
    for (unsigned i = 0; i < options.threads; ++i) std::thread([this] { work(); }).detach();
  }

  void take(UniqueFd fd, std::string request) {
    const std::lock_guard lock(mutex_);
    jobs_.emplace_back(std::move(fd), std::move(request));
    more_.notify_one();
  }

 private:
  using Job = std::pair<UniqueFd, std::string>;

  Job next() {
    std::unique_lock lock(mutex_);
    more_.wait(lock, [this] { return !jobs_.empty(); });
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
  }

  void work() {
    for (;;) {
      const auto [fd, request] = next();
      ++tally.requests;
      std::this_thread::sleep_for(options_.answer == Answer::hang
                                      ? std::chrono::seconds(options_.limit_seconds)
                                      : std::chrono::microseconds(options_.microseconds));
      const auto reply = options_.answer == Answer::hang ? "" : reply_to(request, options_);
      // Before the client can know: it may be back before this thread goes on.
      --tally.open;
      // It may also have left.
      static_cast<void>(::send(fd.get(), reply.data(), reply.size(), MSG_NOSIGNAL));
    }
  }

  const Options& options_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<Job> jobs_;
};

/// A connection until its request has come.
class Connection final : public Watcher {
 public:
  Connection(EventLoop& loop, UniqueFd fd, Pool& pool, std::set<Connection*>& all)
      : loop_(loop), fd_(std::move(fd)), pool_(pool), all_(all) {
    tally.opened();
    all_.insert(this);
    loop_.watch(fd_.get(), EPOLLIN, *this);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() override {
    all_.erase(this);
    if (fd_) --tally.open;
  }

  [[nodiscard]] Clock::time_point since() const { return since_; }

 private:
  void on_events(std::uint32_t /*events*/) override {
    std::array<char, 65536> buffer;
    const auto count = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) {
      delete this;
      return;
    }
    // Once a part was taken for all there is, nothing that follows helps.
    if (swallowing_) return;
    request_.append(buffer.data(), static_cast<std::size_t>(count));
    if (request_.size() >= 20) inspect();
  }

  void inspect() {
    const std::size_t framed = read_big_endian(request_) + std::size_t{4};
    const bool is_framed = read_little_endian(request_, 12) + std::size_t{4} == framed;
    const auto size = is_framed ? framed : report_size;
    if (request_.size() < size) {
      ++tally.swallowed;
      swallowing_ = true;
      return;
    }
    if (request_.size() > size) {
      ++tally.pipelined;
      const auto reply = make_error_reply(0, 0x12001);
      static_cast<void>(::send(fd_.get(), reply.data(), reply.size(), MSG_NOSIGNAL));
    } else {
      hand_over();
    }
    delete this;
  }

  void hand_over() {
    loop_.unwatch(fd_.get());
    pool_.take(std::move(fd_), std::move(request_));
  }

  EventLoop& loop_;
  UniqueFd fd_;
  Pool& pool_;
  std::set<Connection*>& all_;
  Clock::time_point since_ = Clock::now();
  std::string request_;
  bool swallowing_ = false;
};

class Service final : Watcher {
 public:
  explicit Service(const Options& options)
      : options_(options),
        signals_(open_signals()),
        pool_(options),
        clock_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) {}

  Result<void> run() {
    const auto address = relay_load::parse_socket_address(options_.address);
    if (!address) return tl::unexpected(address.error());
    auto listener = relay_load::listen_at(*address);
    if (!listener) return tl::unexpected(listener.error());
    listener_ = std::move(*listener);
    const itimerspec every_half_second{{0, 500'000'000}, {0, 500'000'000}};
    ::timerfd_settime(clock_.get(), 0, &every_half_second, nullptr);
    loop_.watch(listener_.get(), EPOLLIN, *this);
    loop_.watch(signals_.get(), EPOLLIN, stopper_);
    loop_.watch(clock_.get(), EPOLLIN, ender_);
    std::puts("listening");
    std::fflush(stdout);
    loop_.run();
    return {};
  }

 private:
  struct Stopper final : Watcher {
    explicit Stopper(Service& of) : service(of) {}
    void on_events(std::uint32_t /*events*/) override { service.on_signal(); }
    Service& service;
  };
  struct Ender final : Watcher {
    explicit Ender(Service& of) : service(of) {}
    void on_events(std::uint32_t /*events*/) override { service.end_old_connections(); }
    Service& service;
  };

  /// SIGUSR1 prints what has been seen, SIGTERM does so and ends.
  static UniqueFd open_signals() {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGTERM);
    ::sigaddset(&signals, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return UniqueFd(::signalfd(-1, &signals, SFD_CLOEXEC));
  }

  void on_events(std::uint32_t /*events*/) override {
    UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (fd) new Connection(loop_, std::move(fd), pool_, connections_);
  }

  void on_signal() {
    signalfd_siginfo signal;
    if (::read(signals_.get(), &signal, sizeof(signal)) != sizeof(signal)) return;
    tally.print();
    if (signal.ssi_signo == SIGTERM) loop_.stop();
  }

  void end_old_connections() {
    std::uint64_t ticks = 0;
    if (::read(clock_.get(), &ticks, sizeof(ticks)) != sizeof(ticks)) return;
    const auto limit = std::chrono::seconds(options_.limit_seconds);
    for (auto it = connections_.begin(); it != connections_.end();) {
      auto* const connection = *it++;
      if (Clock::now() - connection->since() >= limit) delete connection;
    }
  }

  const Options& options_;
  /// Blocked before the threads of the pool begin.
  UniqueFd signals_;
  Pool pool_;
  UniqueFd clock_;
  UniqueFd listener_;
  EventLoop loop_;
  Stopper stopper_{*this};
  Ender ender_{*this};
  std::set<Connection*> connections_;
};

int run(int argc, char** argv) {
  CLI::App app{"Stands in for Intel's quote generation service, in tests."};
  Options options;
  const std::map<std::string, Answer> answers = {
      {"quote", Answer::quote}, {"error", Answer::error}, {"close", Answer::close},
      {"part", Answer::part},   {"hang", Answer::hang},   {"garbage", Answer::garbage}};
  app.add_option("address", options.address, "unix:PATH or vsock:CID:PORT")->required();
  app.add_option("--threads", options.threads, "quotes at once")->check(CLI::Range(1, 255));
  app.add_option("--time", options.microseconds, "microseconds that a quote takes");
  app.add_option("--limit", options.limit_seconds, "seconds that a connection may take");
  app.add_option("--answer", options.answer, "what becomes of each request")
      ->transform(CLI::CheckedTransformer(answers));
  app.add_option("--error", options.error, "the code in errors");
  CLI11_PARSE(app, argc, argv);

  Service service(options);
  const auto done = service.run();
  if (!done) std::fprintf(stderr, "qgs_standin: %s\n", done.error().message.c_str());
  std::fflush(stdout);
  // Its threads are as they are: no destructor waits for them.
  std::_Exit(done ? 0 : 1);
}

}  // namespace
}  // namespace vsockfwd::qgs_load

int main(int argc, char** argv) {
  return vsockfwd::qgs_load::run(argc, argv);
}
