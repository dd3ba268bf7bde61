// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_DAEMON_H
#define VSOCKFWD_VSOCK_RELAY_DAEMON_H

#include <functional>

#include "lib/result.h"
#include "vsock-relay/config.h"

namespace vsockfwd::relay {

/// Relays until a signal ends it: SIGHUP reloads, SIGTERM and SIGINT drain, and the second of them
/// ends at once. `load` makes the configuration, anew for each reload.
Result<void> run_daemon(const std::function<Result<Config>()>& load);

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_DAEMON_H
