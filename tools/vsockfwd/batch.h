// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_BATCH_H
#define VSOCKFWD_VSOCKFWD_BATCH_H

#include "vsockfwd/command.h"

namespace vsockfwd {

/// The object "batch": runs the commands of a file.
Object batch_object();

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_BATCH_H
