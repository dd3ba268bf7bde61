// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_DAEMON_H
#define VSOCKFWD_LIB_DAEMON_H

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "lib/daemon_config.h"
#include "lib/event_loop.h"
#include "lib/inherited_sockets.h"
#include "lib/result.h"

namespace vsockfwd {

/// What every daemon has to say about itself.
struct DaemonState {
  std::chrono::seconds uptime{};
  bool draining = false;
  /// Why the last reload failed; empty if it did not.
  std::string config_error;
};

/// What a daemon is there for. Called in the thread of the daemon's loop.
class DaemonWork {
 public:
  DaemonWork() = default;
  DaemonWork(const DaemonWork&) = delete;
  DaemonWork& operator=(const DaemonWork&) = delete;
  virtual ~DaemonWork() = default;

  /// Makes the configuration, which start() or reload() will put into force.
  virtual Result<DaemonConfig> load() = 0;
  virtual Result<void> start(EventLoop& loop, InheritedSockets sockets) = 0;
  /// If it fails, everything stays as it was.
  virtual Result<void> reload() = 0;
  /// Takes nothing new, and ends what is there in at most the time of the configuration. Stops the
  /// loop when nothing is left.
  virtual void drain() = 0;
  /// Returns if all is well, and does not if it is not: then the watchdog bites.
  virtual void check_alive() = 0;

  /// What it does, as in "relaying 2 pairs".
  [[nodiscard]] virtual std::string describe() const = 0;
  /// One line of JSON.
  virtual std::string format_status(const DaemonState& state) = 0;
  /// The text format of Prometheus.
  virtual std::string format_metrics(const DaemonState& state) = 0;
};

/// Works until a signal ends it: SIGHUP reloads, SIGTERM and SIGINT drain, and the second of them
/// ends at once. Meanwhile the service manager is told, and status and metrics are served. `work`
/// is made when signals are blocked and before the first thread, and destroyed before the loop.
Result<void> run_daemon(const std::function<std::unique_ptr<DaemonWork>()>& make_work);

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_DAEMON_H
