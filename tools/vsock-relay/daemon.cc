// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/daemon.h"

#include <fmt/format.h>
#include <sys/epoll.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "lib/daemon.h"
#include "lib/log.h"
#include "lib/loopback.h"
#include "vsock-relay/descriptor_budget.h"
#include "vsock-relay/relay.h"
#include "vsock-relay/report.h"

namespace vsockfwd::relay {
namespace {

/// Relays in threads of its own: no traffic waits for signals, status and metrics.
class RelayWork final : public DaemonWork, EventHandler {
 public:
  explicit RelayWork(const std::function<Result<Config>()>& load) : load_(load) {}

 private:
  Result<DaemonConfig> load() override {
    return load_().map([this](Config config) {
      config_ = std::move(config);
      return config_.daemon;
    });
  }

  Result<void> start(EventLoop& loop, InheritedSockets sockets) override {
    if (config_.setup_lo) {
      if (auto fine = bring_up_loopback(); !fine) return fine;
    }
    raise_descriptor_limit();
    auto relay = Relay::start(std::move(config_), std::move(sockets));
    if (!relay) return Failure(std::move(relay.error()));
    relay_ = std::move(*relay);
    loop_ = &loop;
    loop.watch(relay_->drained_fd(), EPOLLIN, *this);
    return {};
  }

  Result<void> reload() override { return relay_->reload(std::move(config_)); }
  void drain() override { relay_->drain(); }

  /// The relay is drained.
  void on_events(std::uint32_t /*events*/, unsigned /*tag*/) override {
    const auto broken_off = relay_->broken_off();
    log(Priority::info, broken_off == 0
                            ? "stopping: all connections are closed"
                            : fmt::format("stopping: out of time, {} connection{} broken off",
                                          broken_off, broken_off == 1 ? " was" : "s were"));
    loop_->stop();
  }

  void check_alive() override { relay_->check_alive(); }

  [[nodiscard]] std::string describe() const override {
    const auto count = std::ranges::count(relay_->status(), false, &PairStatus::gone);
    return fmt::format("relaying {} pair{}", count, count == 1 ? "" : "s");
  }

  std::string format_status(const DaemonState& state) override {
    return format_json({state, relay_->status()});
  }

  std::string format_metrics(const DaemonState& state) override {
    return relay::format_metrics({state, relay_->status()});
  }

  const std::function<Result<Config>()>& load_;
  /// What load() has made, until it is in force.
  Config config_;
  EventLoop* loop_ = nullptr;
  std::unique_ptr<Relay> relay_;
};

}  // namespace

Result<void> run_daemon(const std::function<Result<Config>()>& load) {
  log_setup("vsock-relay");
  return vsockfwd::run_daemon([&load] { return std::make_unique<RelayWork>(load); });
}

}  // namespace vsockfwd::relay
