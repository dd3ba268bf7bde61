// SPDX-License-Identifier: Apache-2.0
#include "lib/fwd_device.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cerrno>

#include "lib/fake_module.h"

namespace vsockfwd {
namespace {

using ::testing::StartsWith;

class FwdDeviceTest : public ::testing::Test {
 protected:
  FakeModule module_;
  const FwdDevice device_ = FwdDevice::open("/dev/null", module_.ioctl()).value();
};

TEST(FwdDevice, SaysWhichDeviceIsMissing) {
  const auto device = FwdDevice::open("/nowhere/vhost-vsock-fwd");
  ASSERT_FALSE(device);
  EXPECT_EQ(device.error().message,
            "cannot open \"/nowhere/vhost-vsock-fwd\": there is no such device (ENOENT)");
  EXPECT_EQ(device.error().hint, "load the module: modprobe vhost_vsock_fwd");
}

TEST(FwdDevice, AsksTheKernelUnlessToldOtherwise) {
  const auto device = FwdDevice::open("/dev/null");
  ASSERT_TRUE(device);
  EXPECT_EQ(device->info().error().code, ENOTTY);
}

TEST_F(FwdDeviceTest, TellsWhatTheModuleIs) {
  module_.add(16);
  const auto info = device_.info();
  ASSERT_TRUE(info);
  EXPECT_EQ(info->api_version, unsigned{VHOST_VSOCK_FWD_API_VERSION});
  EXPECT_EQ(info->rules, 1U);
  EXPECT_EQ(info->state, unsigned{VHOST_VSOCK_FWD_S_HOOKED});
}

TEST_F(FwdDeviceTest, RequiresTheSameApiVersion) {
  EXPECT_TRUE(device_.info().and_then(require_api_version));
  module_.info.api_version = 7;
  const auto compatible = device_.info().and_then(require_api_version);
  ASSERT_FALSE(compatible);
  EXPECT_EQ(compatible.error().message, "the module speaks API version 7, this program version 1");
}

TEST_F(FwdDeviceTest, AddsARuleAsItIsGiven) {
  ASSERT_TRUE(device_.rule_add({16, 17, host_cid, true}));
  ASSERT_TRUE(device_.rule_add({.guest_cid = 18}));
  ASSERT_EQ(module_.rules.size(), 2U);
  EXPECT_EQ(module_.rules[0].guest_cid, 16U);
  EXPECT_EQ(module_.rules[0].from_cid, 17U);
  EXPECT_EQ(module_.rules[0].to_cid, 2U);
  EXPECT_EQ(module_.rules[0].flags, unsigned{VHOST_VSOCK_FWD_RULE_PERSIST});
  EXPECT_EQ(module_.rules[1].from_cid, 3U);
  EXPECT_EQ(module_.rules[1].to_cid, 2U);
  EXPECT_EQ(module_.rules[1].flags, 0U);
}

TEST_F(FwdDeviceTest, AddsRulesThatAreReadBackTheSame) {
  for (const auto& rule :
       {Rule{.guest_cid = 16}, Rule{.guest_cid = 16, .ports = {9000, 9010}, .to_port = 19000},
        Rule{.guest_cid = 16, .to_cid = 20, .persistent = true},
        Rule{.guest_cid = 16, .to_cid = 0, .ports = {22, 22}, .deny = true}}) {
    module_.rules.clear();
    ASSERT_TRUE(device_.rule_add(rule));
    EXPECT_EQ(rule_of(module_.rules.at(0)), rule);
  }
}

TEST_F(FwdDeviceTest, AddsARuleWithProof) {
  const Rule rule = {.guest_cid = 16, .to_cid = 20};
  ASSERT_TRUE(device_.rule_add(rule, {.guest_fd = 0, .parent_fd = 8}));
  ASSERT_TRUE(device_.rule_add(rule));
  EXPECT_EQ(module_.rules.at(0).flags,
            unsigned{VHOST_VSOCK_FWD_RULE_GUEST_FD | VHOST_VSOCK_FWD_RULE_PARENT_FD});
  EXPECT_EQ(module_.proofs.at(0), std::pair(0U, 8U));
  EXPECT_EQ(module_.rules.at(1).flags, 0U);
  EXPECT_EQ(module_.proofs.at(1), std::pair(0U, 0U));
}

TEST_F(FwdDeviceTest, DeletesTheRuleForExactlyThesePorts) {
  for (const auto ports : {every_port, PortRange{9000, 9010}, PortRange{9000, 9000}}) {
    module_.add(Rule{.guest_cid = 16, .ports = ports});
  }
  ASSERT_TRUE(device_.rule_del(16, {9000, 9010}));
  ASSERT_EQ(module_.rules.size(), 2U);
  EXPECT_EQ(rule_of(module_.rules[0]).ports, every_port);
  EXPECT_EQ(rule_of(module_.rules[1]).ports, (PortRange{9000, 9000}));
  EXPECT_EQ(device_.rule_del(16, {9001, 9001}).error().code, ENOENT);
}

TEST_F(FwdDeviceTest, DeletesTheRuleOfAGuest) {
  module_.add(16);
  module_.add(17);
  ASSERT_TRUE(device_.rule_del(16));
  ASSERT_EQ(module_.rules.size(), 1U);
  EXPECT_EQ(module_.rules[0].guest_cid, 17U);
}

TEST_F(FwdDeviceTest, NamesTheGuestWhenARequestFails) {
  module_.failures = {{VHOST_VSOCK_FWD_RULE_ADD, EEXIST}, {VHOST_VSOCK_FWD_RULE_DEL, EPERM}};
  EXPECT_EQ(device_.rule_add({.guest_cid = 16}).error().message,
            "cannot add rule for guest \"16\": a rule for these ports exists already, or one "
            "that overlaps them (EEXIST)");
  EXPECT_THAT(device_.rule_add({.guest_cid = 16, .ports = {9000, 9010}}).error().message,
              StartsWith("cannot add rule for guest \"16\", port \"9000-9010\": "));
  EXPECT_EQ(device_.rule_del(16).error().message,
            "cannot delete rule for guest \"16\": CAP_NET_ADMIN in the initial user namespace is "
            "needed (EPERM)");
}

TEST_F(FwdDeviceTest, PassesEveryErrorOn) {
  module_.failures = {{VHOST_VSOCK_FWD_INFO, EINTR}, {VHOST_VSOCK_FWD_RULE_LIST, ENOMEM}};
  EXPECT_EQ(device_.info().error().code, EINTR);
  EXPECT_EQ(device_.rules().error().code, ENOMEM);
}

/// Whether exactly the rules of the module are listed, and in how many requests.
class FwdDevicePaging : public FwdDeviceTest, public ::testing::WithParamInterface<unsigned> {};

TEST_P(FwdDevicePaging, ListsEveryRuleOnce) {
  for (Cid guest = 3 + GetParam(); guest > 3; --guest) module_.add(guest);
  const auto rules = device_.rules();
  ASSERT_TRUE(rules);
  EXPECT_TRUE(std::ranges::equal(*rules, module_.rules, {}, &vhost_vsock_fwd_rule::id,
                                 &vhost_vsock_fwd_rule::id));
  EXPECT_EQ(module_.requests.size(), GetParam() / VHOST_VSOCK_FWD_LIST_MAX + 1);
}

INSTANTIATE_TEST_SUITE_P(Sizes, FwdDevicePaging,
                         ::testing::Values(0, 1, VHOST_VSOCK_FWD_LIST_MAX - 1,
                                           VHOST_VSOCK_FWD_LIST_MAX, VHOST_VSOCK_FWD_LIST_MAX + 1,
                                           2 * VHOST_VSOCK_FWD_LIST_MAX,
                                           VHOST_VSOCK_FWD_RULES_MAX));

}  // namespace
}  // namespace vsockfwd
