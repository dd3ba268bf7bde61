// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/daemon.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "lib/log.h"
#include "lib/loopback.h"
#include "lib/service_manager.h"
#include "lib/unique_fd.h"
#include "vsock-relay/answer_server.h"
#include "vsock-relay/control.h"
#include "vsock-relay/event_loop.h"
#include "vsock-relay/relay.h"
#include "vsock-relay/timer.h"

namespace vsockfwd::relay {
namespace {

/// Anybody on this machine may read the metrics, as with a port of localhost.
constexpr mode_t metrics_mode = 0666;
constexpr mode_t control_mode = 0600;
/// What the service manager grants beyond the time for draining.
constexpr std::chrono::seconds stop_margin{10};

/// Makes the signals of a daemon readable, for this thread and those that it starts. Writing to a
/// connection that is gone is an error, not a signal.
UniqueFd open_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int number : {SIGHUP, SIGTERM, SIGINT}) ::sigaddset(&signals, number);
  std::signal(SIGPIPE, SIG_IGN);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  UniqueFd fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) throw std::system_error(errno, std::generic_category(), "cannot receive signals");
  return fd;
}

std::uint64_t monotonic_microseconds() {
  timespec time;
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec) / 1000;
}

std::string count_pairs(std::size_t count) {
  return fmt::format("{} pair{}", count, count == 1 ? "" : "s");
}

/// The daemon around the relay. Its thread serves signals, the service manager, status and metrics;
/// no traffic waits for it.
class Daemon final : EventHandler, Timer {
 public:
  explicit Daemon(const std::function<Result<Config>()>& load)
      : load_(load), signals_(open_signals()) {}

  Result<void> run() {
    auto config = load_();
    if (!config) return Failure(std::move(config.error()));
    if (auto fine = start(std::move(*config)); !fine) return fine;
    loop_.watch(signals_.get(), EPOLLIN, *this, signal_tag);
    loop_.watch(relay_->drained_fd(), EPOLLIN, *this, drained_tag);
    on_timer();
    tell_ready();
    loop_.run();
    return {};
  }

 private:
  static constexpr unsigned signal_tag = 0;
  static constexpr unsigned drained_tag = 1;

  Result<void> start(Config config) {
    log_limit(config.log_limit);
    if (config.setup_lo) {
      if (auto fine = bring_up_loopback(); !fine) return fine;
    }
    if (auto fine = serve(config); !fine) return fine;
    drain_time_ = config.drain;
    auto relay = Relay::start(std::move(config), manager_.take_sockets());
    if (!relay) return Failure(std::move(relay.error()));
    relay_ = std::move(*relay);
    return {};
  }

  /// Serves status and metrics where the configuration says. What it says already stays as it is.
  Result<void> serve(const Config& config) {
    const auto control = config.control_path.empty()
                             ? std::nullopt
                             : std::optional<Address>(UnixAddress{config.control_path});
    auto new_control = serve_at(control, control_, control_mode, answer_control);
    if (!new_control) return Failure(std::move(new_control.error()));
    auto new_metrics = serve_at(config.metrics.address, metrics_, metrics_mode, answer_metrics);
    if (!new_metrics) return Failure(std::move(new_metrics.error()));
    if (*new_control) control_ = std::move(*new_control);
    if (*new_metrics) metrics_ = std::move(*new_metrics);
    if (!control) control_.reset();
    if (!config.metrics.address) metrics_.reset();
    return {};
  }

  using Answer = std::optional<std::string> (*)(std::string_view received,
                                                const Reporter& reporter);

  /// A new server, or none if the old one is right or none is wanted.
  Result<std::unique_ptr<AnswerServer>> serve_at(const std::optional<Address>& address,
                                                 const std::unique_ptr<AnswerServer>& old,
                                                 mode_t mode, Answer answer) {
    if (!address || (old && old->address() == *address)) return nullptr;
    return AnswerServer::start(loop_, *address, mode, [this, answer](std::string_view received) {
      return answer(received, [this] { return report(); });
    });
  }

  Report report() const {
    const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(loop_.now() - started_);
    return {uptime, draining_, config_error_, relay_->status()};
  }

  void on_events(std::uint32_t /*events*/, unsigned tag) override {
    if (tag == drained_tag) return finish("all connections are closed");
    signalfd_siginfo signal;
    if (::read(signals_.get(), &signal, sizeof(signal)) != sizeof(signal)) return;
    if (signal.ssi_signo == SIGHUP) {
      reload();
    } else if (draining_) {
      finish("asked twice to stop");
    } else {
      drain();
    }
  }

  /// The watchdog gets its sign of life.
  void on_timer() override {
    const auto interval = manager_.watchdog_interval();
    if (!interval) return;
    // Every worker is asked: one that hangs is to be noticed too.
    static_cast<void>(relay_->status());
    manager_.notify("WATCHDOG=1");
    loop_.arm_after(*this, *interval);
  }

  void tell_ready() {
    const auto pairs = count_pairs(relay_->status().size());
    const auto state = config_error_.empty()
                           ? fmt::format("relaying {}", pairs)
                           : fmt::format("relaying {}; the last reload failed", pairs);
    log(Priority::info, state);
    manager_.notify(fmt::format("READY=1\nSTATUS={}", state));
  }

  void reload() {
    if (draining_) return;
    manager_.notify(
        fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=reloading", monotonic_microseconds()));
    auto done = load_().and_then([this](Config config) { return take_over(std::move(config)); });
    config_error_ = done ? "" : done.error().message;
    if (!done) {
      log(Priority::error, Error{fmt::format("the old configuration stays: {}", config_error_),
                                 done.error().hint, done.error().code});
    }
    tell_ready();
  }

  Result<void> take_over(Config config) {
    const auto [limit, time] = std::pair(config.log_limit, config.drain);
    if (auto fine = serve(config); !fine) return fine;
    if (auto fine = relay_->reload(std::move(config)); !fine) return fine;
    log_limit(limit);
    drain_time_ = time;
    return {};
  }

  void drain() {
    draining_ = true;
    const auto patience = drain_time_ + stop_margin;
    manager_.notify(
        fmt::format("STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC={}",
                    std::chrono::duration_cast<std::chrono::microseconds>(patience).count()));
    log(Priority::info, fmt::format("draining for at most {} s",
                                    std::chrono::duration<double>(drain_time_).count()));
    relay_->drain();
  }

  void finish(std::string_view reason) {
    log(Priority::info, fmt::format("stopping: {}", reason));
    loop_.stop();
  }

  const std::function<Result<Config>()>& load_;
  /// Blocks the signals, so before everything that starts threads.
  UniqueFd signals_;
  ServiceManager manager_ = ServiceManager::from_environment();
  EventLoop loop_;
  TimePoint started_ = loop_.now();
  std::chrono::milliseconds drain_time_{};
  bool draining_ = false;
  std::string config_error_;
  std::unique_ptr<Relay> relay_;
  std::unique_ptr<AnswerServer> control_;
  std::unique_ptr<AnswerServer> metrics_;
};

}  // namespace

Result<void> run_daemon(const std::function<Result<Config>()>& load) {
  log_setup("vsock-relay");
  return Daemon(load).run();
}

}  // namespace vsockfwd::relay
