// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_STATS_H
#define VSOCKFWD_VSOCKFWD_STATS_H

#include "vsockfwd/command.h"

namespace vsockfwd {

/// The object "stats": what has become of packets, rule by rule.
Object stats_object();

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_STATS_H
