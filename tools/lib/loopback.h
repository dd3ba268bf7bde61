// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_LOOPBACK_H
#define VSOCKFWD_LIB_LOOPBACK_H

#include "lib/result.h"

namespace vsockfwd {

/// Brings the interface "lo" up, so that 127.0.0.1 and ::1 can be reached. Needs CAP_NET_ADMIN if
/// it is down.
Result<void> bring_up_loopback();

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_LOOPBACK_H
