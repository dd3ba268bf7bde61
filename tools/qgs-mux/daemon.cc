// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/daemon.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "lib/daemon.h"
#include "lib/log.h"
#include "qgs-mux/mux.h"
#include "qgs-mux/report.h"

namespace vsockfwd::qgs {
namespace {

class MuxWork final : public DaemonWork {
 public:
  explicit MuxWork(const std::function<Result<Config>()>& load) : load_(load) {}

 private:
  Result<DaemonConfig> load() override {
    return load_().map([this](Config config) {
      config_ = std::move(config);
      return config_.daemon;
    });
  }

  Result<void> start(EventLoop& loop, InheritedSockets sockets) override {
    return Mux::start(loop, std::move(config_), std::move(sockets))
        .map([this](std::unique_ptr<Mux> mux) { mux_ = std::move(mux); });
  }

  Result<void> reload() override { return mux_->reload(std::move(config_)); }
  void drain() override { mux_->drain(); }
  // There is one thread: if this is called, it lives.
  void check_alive() override {}

  [[nodiscard]] std::string describe() const override {
    const auto status = mux_->status();
    return fmt::format("serving guests: services {}, listeners {}, watched folders {}",
                       status.services.size(), status.listeners.size(), status.watches.size());
  }

  std::string format_status(const DaemonState& state) override {
    return format_json({state, mux_->status()});
  }

  std::string format_metrics(const DaemonState& state) override {
    return qgs::format_metrics({state, mux_->status()});
  }

  const std::function<Result<Config>()>& load_;
  /// What load() has made, until it is in force.
  Config config_;
  std::unique_ptr<Mux> mux_;
};

}  // namespace

Result<void> run_daemon(const std::function<Result<Config>()>& load) {
  log_setup("qgs-mux");
  return vsockfwd::run_daemon([&load] { return std::make_unique<MuxWork>(load); });
}

}  // namespace vsockfwd::qgs
