// SPDX-License-Identifier: Apache-2.0
#include "lib/fwd_feature.h"

#include <fmt/format.h>

#include <array>

namespace vsockfwd {

std::span<const FwdFeature> fwd_features() {
  static constexpr std::array table = {
      FwdFeature{VHOST_VSOCK_FWD_F_TO_HOST, "to_host", "rules with the host as their target"},
      FwdFeature{VHOST_VSOCK_FWD_F_PERSIST, "persist", "rules that outlive who added them"},
      FwdFeature{VHOST_VSOCK_FWD_F_PORTS, "ports", "rules for ports and rules that deny"},
      FwdFeature{VHOST_VSOCK_FWD_F_TO_GUEST, "to_guest", "rules with a guest as their target"},
      FwdFeature{VHOST_VSOCK_FWD_F_PROOF, "proof", "rules of those who run a guest"},
      FwdFeature{VHOST_VSOCK_FWD_F_HOST_ALIAS, "host_alias", "another CID for the host to bind to"},
  };
  return table;
}

__u64 features_for(PortRange ports) {
  return ports == every_port ? 0 : VHOST_VSOCK_FWD_F_PORTS;
}

__u64 features_for(const Rule& rule) {
  auto needed = features_for(rule.ports);
  if (rule.persistent) needed |= VHOST_VSOCK_FWD_F_PERSIST;
  if (rule.deny) return needed | VHOST_VSOCK_FWD_F_PORTS;
  return needed |
         (rule.to_cid == host_cid ? VHOST_VSOCK_FWD_F_TO_HOST : VHOST_VSOCK_FWD_F_TO_GUEST);
}

Result<void> require_features(const vhost_vsock_fwd_info& info, __u64 needed) {
  for (const auto& feature : fwd_features()) {
    if ((needed & feature.bit & ~info.features) == 0) continue;
    return Failure(Error{fmt::format("the module does not offer {}", feature.offer),
                         "load the module of the same release as this program; \"vsockfwd "
                         "feature\" shows both"});
  }
  return {};
}

}  // namespace vsockfwd
