// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_EIF_KERNEL_H
#define VSOCKFWD_EIF_KERNEL_H

#include <string_view>

#include "lib/result.h"

namespace vsockfwd::eif {

/// Whether this is a kernel that a loader for x86 takes (bzImage), with a command line that it will
/// not cut off.
Result<void> check_kernel(std::string_view kernel, std::string_view cmdline);

}  // namespace vsockfwd::eif

#endif  // VSOCKFWD_EIF_KERNEL_H
