// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_SERVICE_MANAGER_H
#define VSOCKFWD_LIB_SERVICE_MANAGER_H

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "lib/result.h"
#include "lib/unique_fd.h"

namespace vsockfwd {

/// Sockets that the service manager opened for this process, by the names that it gave them.
using SocketsByName = std::multimap<std::string, UniqueFd>;

/// What systemd, or anything that speaks its protocols, wants to know about a daemon and gives to
/// it. The protocols are a few environment variables and a datagram, documented as stable in
/// sd_notify(3) and sd_listen_fds(3); libsystemd cannot be linked into a static program.
class ServiceManager {
 public:
  /// Takes everything from the environment, so that no child of this process gets it too. To be
  /// called once, before the first thread starts. Without a service manager, nothing is there.
  static ServiceManager from_environment();

  /// Tells the service manager, as in "READY=1". Nobody waits for an answer, and a service manager
  /// that cannot be told is none of the daemon's problems.
  void notify(const std::string& state) const;

  /// How often the service manager wants to hear "WATCHDOG=1", with time to spare.
  [[nodiscard]] std::optional<std::chrono::milliseconds> watchdog_interval() const {
    return watchdog_interval_;
  }

  SocketsByName take_sockets() { return std::move(sockets_); }

 private:
  std::string notify_socket_;
  std::optional<std::chrono::milliseconds> watchdog_interval_;
  SocketsByName sockets_;
};

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_SERVICE_MANAGER_H
