// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_MONITOR_H
#define VSOCKFWD_VSOCKFWD_MONITOR_H

#include "vsockfwd/command.h"

namespace vsockfwd {

/// The object "monitor": what happens, as it happens.
Object monitor_object();

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_MONITOR_H
