// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_HOLD_H
#define VSOCKFWD_VSOCKFWD_HOLD_H

#include "vsockfwd/command.h"

namespace vsockfwd {

/// The object "hold": a rule that goes with the program.
Object hold_object();

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_HOLD_H
