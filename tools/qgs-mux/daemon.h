// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_QGS_MUX_DAEMON_H
#define VSOCKFWD_QGS_MUX_DAEMON_H

#include <functional>

#include "lib/result.h"
#include "qgs-mux/config.h"

namespace vsockfwd::qgs {

/// Serves guests until a signal ends it. `load` makes the configuration, anew for each reload.
Result<void> run_daemon(const std::function<Result<Config>()>& load);

}  // namespace vsockfwd::qgs

#endif  // VSOCKFWD_QGS_MUX_DAEMON_H
