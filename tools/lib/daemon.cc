// SPDX-License-Identifier: Apache-2.0
#include "lib/daemon.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "lib/answer_server.h"
#include "lib/control.h"
#include "lib/log.h"
#include "lib/service_manager.h"
#include "lib/timer.h"

namespace vsockfwd {
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

/// The daemon around its work.
class Daemon final : EventHandler, Timer {
 public:
  explicit Daemon(const std::function<std::unique_ptr<DaemonWork>()>& make_work)
      : signals_(open_signals()), work_(make_work()) {}

  Result<void> run() {
    auto config = work_->load();
    if (!config) return Failure(std::move(config.error()));
    if (auto fine = start(*config); !fine) return fine;
    loop_.watch(signals_.get(), EPOLLIN, *this);
    on_timer();
    tell_ready();
    loop_.run();
    return {};
  }

 private:
  Result<void> start(const DaemonConfig& config) {
    log_limit(config.log_limit);
    return put_into_force(
        config, [this] { return work_->start(loop_, InheritedSockets(manager_.take_sockets())); });
  }

  /// Serves status and metrics where the configuration says, if `work` succeeds. If anything fails,
  /// the old servers stay, untouched.
  template <typename Work>
  Result<void> put_into_force(const DaemonConfig& config, Work work) {
    const auto control = config.control_path.empty()
                             ? std::nullopt
                             : std::optional<Address>(UnixAddress{config.control_path});
    auto new_control = serve_at(control, control_, control_mode, [this](std::string_view received) {
      return answer_control(received, [this] { return work_->format_status(state()); });
    });
    if (!new_control) return Failure(std::move(new_control.error()));
    auto new_metrics =
        serve_at(config.metrics, metrics_, metrics_mode, [this](std::string_view received) {
          return answer_metrics(received, [this] { return work_->format_metrics(state()); });
        });
    if (!new_metrics) return Failure(std::move(new_metrics.error()));
    if (auto fine = work(); !fine) return fine;
    if (*new_control || !control) control_ = std::move(*new_control);
    if (*new_metrics || !config.metrics) metrics_ = std::move(*new_metrics);
    drain_time_ = config.drain;
    return {};
  }

  /// A new server, or none if the old one is right or none is wanted.
  Result<Retiring<AnswerServer>> serve_at(const std::optional<Address>& address,
                                          const Retiring<AnswerServer>& old, mode_t mode,
                                          Answerer answer) {
    if (!address || (old && old->address() == *address)) return nullptr;
    return AnswerServer::start(loop_, *address, mode, std::move(answer));
  }

  DaemonState state() const {
    const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(loop_.now() - started_);
    return {uptime, draining_, config_error_};
  }

  void on_events(std::uint32_t /*events*/, unsigned /*tag*/) override {
    signalfd_siginfo signal;
    if (::read(signals_.get(), &signal, sizeof(signal)) != sizeof(signal)) return;
    if (signal.ssi_signo == SIGHUP) {
      reload();
    } else if (draining_) {
      log(Priority::info, "stopping: asked twice to stop");
      loop_.stop();
    } else {
      drain();
    }
  }

  /// The watchdog gets its sign of life.
  void on_timer() override {
    const auto interval = manager_.watchdog_interval();
    if (!interval) return;
    work_->check_alive();
    manager_.notify("WATCHDOG=1");
    loop_.arm_after(*this, *interval);
  }

  void tell_ready() {
    const auto text = config_error_.empty()
                          ? work_->describe()
                          : fmt::format("{}; the last reload failed", work_->describe());
    log(Priority::info, text);
    manager_.notify(fmt::format("READY=1\nSTATUS={}", text));
  }

  void reload() {
    if (draining_) return;
    manager_.notify(
        fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=reloading", monotonic_microseconds()));
    auto done =
        work_->load().and_then([this](const DaemonConfig& config) { return take_over(config); });
    config_error_ = done ? "" : done.error().message;
    if (!done) {
      log(Priority::error, Error{fmt::format("the old configuration stays: {}", config_error_),
                                 done.error().hint, done.error().code});
    }
    tell_ready();
  }

  Result<void> take_over(const DaemonConfig& config) {
    return put_into_force(config, [this] { return work_->reload(); }).map([&config] {
      log_limit(config.log_limit);
    });
  }

  void drain() {
    draining_ = true;
    const auto patience = drain_time_ + stop_margin;
    manager_.notify(
        fmt::format("STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC={}",
                    std::chrono::duration_cast<std::chrono::microseconds>(patience).count()));
    log(Priority::info, fmt::format("draining for at most {} s",
                                    std::chrono::duration<double>(drain_time_).count()));
    work_->drain();
  }

  /// Blocks the signals, so before everything that starts threads.
  UniqueFd signals_;
  ServiceManager manager_ = ServiceManager::from_environment();
  EventLoop loop_;
  TimePoint started_ = loop_.now();
  std::chrono::milliseconds drain_time_{};
  bool draining_ = false;
  std::string config_error_;
  std::unique_ptr<DaemonWork> work_;
  Retiring<AnswerServer> control_;
  Retiring<AnswerServer> metrics_;
};

}  // namespace

Result<void> run_daemon(const std::function<std::unique_ptr<DaemonWork>()>& make_work) {
  return Daemon(make_work).run();
}

}  // namespace vsockfwd
