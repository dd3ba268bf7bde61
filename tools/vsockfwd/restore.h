// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_RESTORE_H
#define VSOCKFWD_VSOCKFWD_RESTORE_H

#include "vsockfwd/command.h"

namespace vsockfwd {

/// The object "restore": makes the rules of a file the persistent rules of the host.
Object restore_object();

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_RESTORE_H
