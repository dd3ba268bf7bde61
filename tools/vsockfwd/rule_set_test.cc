// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/rule_set.h"

#include <gmock/gmock.h>
#include <linux/vhost_vsock_fwd.h>

namespace vsockfwd {
namespace {

/// Why the second of two rules is refused; empty if both are accepted.
std::string conflict(const Rule& one, const Rule& other) {
  RuleSet set;
  EXPECT_TRUE(set.add(one, "of line 1"));
  const auto added = set.add(other, "of line 2");
  EXPECT_EQ(set.size(), added ? 2U : 1U);
  return added ? "" : added.error().message;
}

TEST(RuleSet, AcceptsPortsInsideEachOtherAndSideBySide) {
  const Rule all = {.guest_cid = 16};
  const Rule middle = {.guest_cid = 16, .ports = {10, 20}};
  const Rule inner = {.guest_cid = 16, .ports = {20, 20}, .to_port = 80};
  const Rule beside = {.guest_cid = 16, .ports = {21, 30}};
  for (const auto& one : {all, middle, inner, beside}) {
    for (const auto& other : {all, middle, inner, beside}) {
      if (one == other) continue;
      EXPECT_EQ(conflict(one, other), "");
    }
  }
}

TEST(RuleSet, AcceptsDenialsBesideAnyTarget) {
  const Rule denial = {.guest_cid = 16, .to_cid = 0, .ports = {22, 22}, .deny = true};
  EXPECT_EQ(conflict(denial, {.guest_cid = 16}), "");
  EXPECT_EQ(conflict({.guest_cid = 16, .to_cid = 20}, denial), "");
}

TEST(RuleSet, LeavesOtherGuestsAlone) {
  EXPECT_EQ(conflict({.guest_cid = 16}, {.guest_cid = 17, .from_cid = 5, .to_cid = 20}), "");
}

TEST(RuleSet, SaysWhatDoesNotGoTogether) {
  const Rule middle = {.guest_cid = 16, .ports = {10, 20}};
  const std::string start = "this rule of guest \"16\" contradicts the one of line 1: ";
  EXPECT_EQ(conflict(middle, {.guest_cid = 16, .from_cid = 5}), start + "\"from\" is 3 and 5");
  EXPECT_EQ(conflict(middle, {.guest_cid = 16, .to_cid = 20}), start + "the target is host and 20");
  EXPECT_EQ(conflict(middle, middle), start + "both are for the ports 10-20");
  EXPECT_EQ(conflict({.guest_cid = 16}, {.guest_cid = 16, .to_cid = 0, .deny = true}),
            start + "both are for the ports all");
  EXPECT_EQ(conflict(middle, {.guest_cid = 16, .ports = {20, 21}}),
            start + "the ports 10-20 and 20-21 overlap in part");
  EXPECT_EQ(conflict(middle, {.guest_cid = 16, .ports = {1, 10}}),
            start + "the ports 10-20 and 1-10 overlap in part");
}

TEST(RuleSet, EndsWhereTheModuleDoes) {
  RuleSet set;
  for (Port port = 1; port <= VHOST_VSOCK_FWD_GUEST_RULES_MAX; ++port) {
    ASSERT_TRUE(set.add({.guest_cid = 16, .ports = {port, port}}, ""));
  }
  EXPECT_EQ(set.add({.guest_cid = 16}, "").error().message, "guest \"16\" has more than 256 rules");
  EXPECT_TRUE(set.add({.guest_cid = 17}, ""));
}

}  // namespace
}  // namespace vsockfwd
