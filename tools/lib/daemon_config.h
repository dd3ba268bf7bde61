// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_DAEMON_CONFIG_H
#define VSOCKFWD_LIB_DAEMON_CONFIG_H

#include <chrono>
#include <optional>
#include <string>

#include "lib/address.h"
#include "lib/log.h"

namespace vsockfwd {

/// What every daemon has in its configuration.
struct DaemonConfig {
  Priority log_limit = Priority::info;
  /// Where the status is served; empty for nowhere.
  std::string control_path;
  /// Where metrics are served in Prometheus' text format, over HTTP: unix:, or tcp: on a loopback
  /// address; unset for nowhere.
  std::optional<Address> metrics;
  /// How long what has begun may go on after SIGTERM.
  std::chrono::milliseconds drain{30'000};
};

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_DAEMON_CONFIG_H
