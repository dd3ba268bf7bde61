// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_COMPLETION_H
#define VSOCKFWD_VSOCKFWD_COMPLETION_H

#include "vsockfwd/command.h"

namespace vsockfwd {

/// The object "completion": scripts that let a shell complete the words of the command table.
Object completion_object();

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_COMPLETION_H
