// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_RULE_H
#define VSOCKFWD_VSOCKFWD_RULE_H

#include "vsockfwd/command.h"

namespace vsockfwd {

/// The object "rule": which guests have their packets rewritten.
Object rule_object();

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_RULE_H
