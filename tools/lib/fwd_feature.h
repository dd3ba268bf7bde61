// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_FWD_FEATURE_H
#define VSOCKFWD_LIB_FWD_FEATURE_H

#include <linux/vhost_vsock_fwd.h>

#include <span>
#include <string_view>

#include "lib/result.h"
#include "lib/rule.h"

namespace vsockfwd {

/// A feature of the module that this program knows.
struct FwdFeature {
  /// One bit of enum vhost_vsock_fwd_feature.
  __u64 bit;
  /// For programs: the name of the bit in lower case.
  std::string_view name;
  /// For people: what a module with this feature offers.
  std::string_view offer;
};

/// In the order of their bits.
std::span<const FwdFeature> fwd_features();

/// The bits that a module has to have for a rule for these ports.
__u64 features_for(PortRange ports);

/// The bits that a module has to have for this rule.
__u64 features_for(const Rule& rule);

/// Fails if the module lacks one of the bits that are needed, and says what it does not offer.
Result<void> require_features(const vhost_vsock_fwd_info& info, __u64 needed);

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_FWD_FEATURE_H
