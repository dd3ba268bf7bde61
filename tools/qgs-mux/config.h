// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_QGS_MUX_CONFIG_H
#define VSOCKFWD_QGS_MUX_CONFIG_H

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/address.h"
#include "lib/daemon_config.h"
#include "lib/listen_socket.h"
#include "qgs-mux/path_template.h"

namespace vsockfwd::qgs {

using std::chrono::milliseconds;

/// A quote generation service.
struct ServiceConfig {
  /// unix: or vsock:.
  Address address;
  /// How many requests it works on at once: number_threads of its own configuration. 1 to 255.
  std::uint32_t threads = 4;
};

/// A socket to which guests, or their VMMs, connect.
struct ListenerConfig {
  /// unix:, vsock:, hvsock-listen: or fd:.
  Address address;
  ListenOptions options;
};

/// Folders in which VMMs put a folder for each guest.
struct WatchConfig {
  PathTemplate path;
  ListenOptions options;
};

/// What a guest may have at once, and how fast.
struct GuestLimits {
  /// Open connections; 1 or more.
  std::uint32_t connections = 128;
  /// Requests that wait; 1 or more.
  std::uint32_t queue = 128;
  /// Requests a second, in bursts of as many; unset: no limit.
  std::optional<std::uint32_t> rate;
};

struct Config {
  DaemonConfig daemon;
  std::vector<ServiceConfig> services;
  std::vector<ListenerConfig> listeners;
  std::vector<WatchConfig> watches;
  GuestLimits guest;
  /// Of all guests.
  std::uint32_t max_connections = 16384;
  std::uint32_t max_queue = 8192;
  /// From the first byte of a request to its reply. Clients give up after 30 s; what they get by
  /// then, they understand.
  milliseconds request_timeout{25'000};
  /// How long a connection may be silent between requests.
  milliseconds idle_timeout{30'000};
  /// How often a service is asked for a sign of life if it has given none.
  milliseconds health_interval{10'000};
};

}  // namespace vsockfwd::qgs

#endif  // VSOCKFWD_QGS_MUX_CONFIG_H
