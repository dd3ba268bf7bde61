// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_MODULE_H
#define VSOCKFWD_VSOCKFWD_MODULE_H

#include "lib/fwd_device.h"
#include "vsockfwd/command.h"

namespace vsockfwd {

/// Opens the device of the module, which has to speak this program's API and to have all features
/// whose bits are set in `needed`.
Result<FwdDevice> open_module(const Machine& machine, __u64 needed = 0);

/// Opens the way by which the module tells what there is, after looking at its API as above.
Result<FwdNetlink> open_netlink(const Machine& machine);

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_MODULE_H
