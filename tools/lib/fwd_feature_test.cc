// SPDX-License-Identifier: Apache-2.0
#include "lib/fwd_feature.h"

#include <gtest/gtest.h>

namespace vsockfwd {
namespace {

TEST(FeaturesFor, NamesWhatEachKindOfRuleNeeds) {
  EXPECT_EQ(features_for(Rule{.guest_cid = 16}), __u64{VHOST_VSOCK_FWD_F_TO_HOST});
  EXPECT_EQ(features_for(Rule{.guest_cid = 16, .persistent = true}),
            __u64{VHOST_VSOCK_FWD_F_TO_HOST | VHOST_VSOCK_FWD_F_PERSIST});
  EXPECT_EQ(features_for(Rule{.guest_cid = 16, .to_cid = 20}), __u64{VHOST_VSOCK_FWD_F_TO_GUEST});
  EXPECT_EQ(features_for(Rule{.guest_cid = 16, .ports = {1, 2}}),
            __u64{VHOST_VSOCK_FWD_F_TO_HOST | VHOST_VSOCK_FWD_F_PORTS});
  EXPECT_EQ(features_for(Rule{.guest_cid = 16, .to_cid = 0, .deny = true}),
            __u64{VHOST_VSOCK_FWD_F_PORTS});
  EXPECT_EQ(features_for(every_port), 0U);
}

TEST(RequireFeatures, SaysWhatAnOlderModuleDoesNotOffer) {
  vhost_vsock_fwd_info info{};
  info.features = VHOST_VSOCK_FWD_F_TO_HOST | VHOST_VSOCK_FWD_F_PERSIST;
  EXPECT_TRUE(require_features(info, 0));
  EXPECT_TRUE(require_features(info, VHOST_VSOCK_FWD_F_TO_HOST));
  EXPECT_EQ(require_features(info, VHOST_VSOCK_FWD_F_TO_GUEST).error().message,
            "the module does not offer rules with a guest as their target");
  const auto ports = require_features(info, VHOST_VSOCK_FWD_F_TO_HOST | VHOST_VSOCK_FWD_F_PORTS);
  ASSERT_FALSE(ports);
  EXPECT_EQ(ports.error().message, "the module does not offer rules for ports and rules that deny");
  EXPECT_EQ(ports.error().hint,
            "load the module of the same release as this program; \"vsockfwd feature\" shows both");
}

TEST(FwdFeatures, HaveOneBitEach) {
  __u64 seen = 0;
  for (const auto& feature : fwd_features()) {
    EXPECT_EQ(feature.bit & (feature.bit - 1), 0U) << feature.name;
    EXPECT_GT(feature.bit, seen) << feature.name;
    seen |= feature.bit;
  }
}

}  // namespace
}  // namespace vsockfwd
