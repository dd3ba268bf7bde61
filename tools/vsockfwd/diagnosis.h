// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_DIAGNOSIS_H
#define VSOCKFWD_VSOCKFWD_DIAGNOSIS_H

#include <vector>

#include "vsockfwd/host_facts.h"

namespace vsockfwd {

/// Everything that keeps rules from being added and working on this host, most basic first. Empty
/// if the host is ready.
std::vector<Error> diagnose(const HostFacts& facts);

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_DIAGNOSIS_H
