// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_FEATURE_H
#define VSOCKFWD_VSOCKFWD_FEATURE_H

#include "vsockfwd/command.h"

namespace vsockfwd {

/// The object "feature": what this host offers, what is missing, and what to do about it.
Object feature_object();

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_FEATURE_H
