// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/module.h"

#include "lib/fwd_feature.h"

namespace vsockfwd {

Result<FwdDevice> open_module(const Machine& machine, __u64 needed) {
  auto device = FwdDevice::open(machine.path(VHOST_VSOCK_FWD_DEVICE), machine.ioctl);
  if (!device) return device;
  const auto info = device->info();
  if (!info) return Failure(info.error());
  // The version first: another one may mean something else by the features.
  const auto fit =
      require_api_version(*info).and_then([&] { return require_features(*info, needed); });
  if (!fit) return Failure(fit.error());
  return device;
}

Result<FwdNetlink> open_netlink(const Machine& machine) {
  const auto device = open_module(machine);
  if (!device) return Failure(device.error());
  return FwdNetlink::open(machine.netlink);
}

}  // namespace vsockfwd
