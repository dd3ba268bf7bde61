// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_SAVE_H
#define VSOCKFWD_VSOCKFWD_SAVE_H

#include "vsockfwd/command.h"

namespace vsockfwd {

/// The object "save": writes the rules into a file that "restore" reads.
Object save_object();

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_SAVE_H
