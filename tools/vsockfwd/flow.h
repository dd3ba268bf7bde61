// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_FLOW_H
#define VSOCKFWD_VSOCKFWD_FLOW_H

#include "vsockfwd/command.h"

namespace vsockfwd {

/// The object "flow": the connections of the guests that have rules.
Object flow_object();

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_FLOW_H
