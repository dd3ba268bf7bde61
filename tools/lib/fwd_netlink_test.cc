// SPDX-License-Identifier: Apache-2.0
#include "lib/fwd_netlink.h"

#include <gmock/gmock.h>

#include <cerrno>

#include "lib/fake_family.h"
#include "lib/fwd_device.h"

namespace vsockfwd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

RuleReport rule(std::uint64_t id, Cid guest) {
  return {.rule = {.id = id,
                   .flags = VHOST_VSOCK_FWD_RULE_PERSIST,
                   .guest_cid = guest,
                   .from_cid = 3,
                   .to_cid = 2,
                   .port_first = 9000,
                   .port_last = 9010,
                   .to_port = 19000,
                   .__reserved = 0},
          .stats = {.packets_from_guest = 1,
                    .bytes_from_guest = 2,
                    .packets_to_guest = 3,
                    .bytes_to_guest = 1ULL << 40,
                    .connections = 5,
                    .drops = {0, 6, 7, 8, 9, 10, 11}}};
}

FlowReport flow(Cid guest) {
  return {.guest = {guest, 1234},
          .seen = {3, 9000},
          .peer = VsockEnd{2, 19000},
          .type = 1,
          .started_by = Side::parent};
}

class FwdNetlinkTest : public ::testing::Test {
 protected:
  FakeFamily family_;
};

TEST(FwdNetlink, TheKernelWithoutTheModuleKnowsNoFamily) {
  const auto netlink = FwdNetlink::open(system_netlink());
  if (netlink) GTEST_SKIP() << "the module is loaded here";
  EXPECT_EQ(netlink.error().code, ENOENT);
  EXPECT_EQ(FwdListener::open(system_netlink()).error().code, ENOENT);
}

TEST_F(FwdNetlinkTest, SaysThatTheFamilyIsMissing) {
  family_.known = false;
  EXPECT_EQ(FwdNetlink::open(family_.netlink()).error().message,
            "cannot ask the module what there is: the module is not loaded, or is older than this "
            "program (ENOENT)");
  EXPECT_EQ(FwdListener::open(family_.netlink()).error().code, ENOENT);
}

TEST_F(FwdNetlinkTest, SaysThatThereIsNoSocket) {
  auto netlink = family_.netlink();
  netlink.connect = [](nl_sock*) { return -NLE_AF_NOSUPPORT; };
  EXPECT_THAT(FwdNetlink::open(netlink).error().message,
              HasSubstr("cannot open a socket of generic netlink: "));
}

TEST_F(FwdNetlinkTest, ListsRulesWithTheirCounters) {
  family_.rules = {rule(1, 16), rule(2, 17)};
  const auto rules = FwdNetlink::open(family_.netlink())->rules();
  ASSERT_TRUE(rules) << rules.error().message;
  ASSERT_EQ(rules->size(), 2U);
  const auto& first = rules->front();
  EXPECT_EQ(first.rule.id, 1U);
  EXPECT_EQ(first.rule.flags, unsigned{VHOST_VSOCK_FWD_RULE_PERSIST});
  EXPECT_EQ(rule_of(first.rule), rule_of(rule(1, 16).rule));
  EXPECT_EQ(first.stats, rule(1, 16).stats);
  EXPECT_EQ(rules->back().rule.guest_cid, 17U);
}

TEST_F(FwdNetlinkTest, ListsFlowsAsTheyAre) {
  auto half_known = flow(17);
  half_known.peer = {};
  half_known.started_by = {};
  half_known.type = 2;
  family_.flows = {flow(16), half_known};
  const auto flows = FwdNetlink::open(family_.netlink())->flows();
  ASSERT_TRUE(flows) << flows.error().message;
  EXPECT_THAT(*flows, ElementsAre(flow(16), half_known));
}

TEST_F(FwdNetlinkTest, AsksForOneGuest) {
  family_.rules = {rule(1, 16), rule(2, 17)};
  family_.flows = {flow(16), flow(17)};
  const auto netlink = FwdNetlink::open(family_.netlink());
  EXPECT_EQ(netlink->rules(17)->front().rule.id, 2U);
  EXPECT_EQ(netlink->rules(17)->size(), 1U);
  EXPECT_THAT(*netlink->flows(17), ElementsAre(flow(17)));
  EXPECT_THAT(*netlink->flows(18), IsEmpty());
  EXPECT_THAT(*netlink->flows(), ElementsAre(flow(16), flow(17)));
}

TEST_F(FwdNetlinkTest, SaysWhyADumpIsRefused) {
  family_.failures = {{VHOST_VSOCK_FWD_CMD_RULE_GET, EPERM}, {VHOST_VSOCK_FWD_CMD_FLOW_GET, EXDEV}};
  const auto netlink = FwdNetlink::open(family_.netlink());
  EXPECT_EQ(netlink->rules().error().message,
            "cannot list the rules: CAP_NET_ADMIN in the initial user namespace is needed (EPERM)");
  EXPECT_THAT(netlink->flows().error().message, HasSubstr("cannot list the connections: "));
}

TEST_F(FwdNetlinkTest, ADumpThatEndsEarlyIsNoAnswer) {
  family_.rules = {rule(1, 16)};
  family_.ends = {{VHOST_VSOCK_FWD_CMD_RULE_GET, EINTR}};
  EXPECT_EQ(FwdNetlink::open(family_.netlink())->rules().error().code, EINTR);
}

class FwdListenerTest : public FwdNetlinkTest {
 protected:
  const FwdListener listener_ = FwdListener::open(family_.netlink()).value();
};

TEST_F(FwdListenerTest, FetchesNothingWhereNothingHasHappened) {
  const auto fetched = listener_.fetch();
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_THAT(fetched->events, IsEmpty());
  EXPECT_FALSE(fetched->lost);
}

TEST_F(FwdListenerTest, FetchesWhatHasHappenedInOrder) {
  auto refused = flow(16);
  refused.peer = {};
  family_.tell(RuleAdded{rule(1, 16)});
  family_.tell(FlowStarted{flow(16)});
  family_.tell(FlowDenied{refused, VHOST_VSOCK_FWD_DROP_DENIED});
  family_.tell(RuleRemoved{rule(1, 16)});
  ASSERT_TRUE(listener_.wait());

  const auto fetched = listener_.fetch();
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_FALSE(fetched->lost);
  ASSERT_EQ(fetched->events.size(), 4U);
  EXPECT_EQ(std::get<RuleAdded>(fetched->events[0]).report.rule.guest_cid, 16U);
  EXPECT_EQ(std::get<FlowStarted>(fetched->events[1]).flow, flow(16));
  EXPECT_EQ(std::get<FlowDenied>(fetched->events[2]).flow, refused);
  EXPECT_EQ(std::get<FlowDenied>(fetched->events[2]).reason, unsigned{VHOST_VSOCK_FWD_DROP_DENIED});
  EXPECT_EQ(std::get<RuleRemoved>(fetched->events[3]).report.stats, rule(1, 16).stats);
  EXPECT_THAT(listener_.fetch()->events, IsEmpty());
}

TEST_F(FwdListenerTest, LeavesOutWhatOnlyANewerModuleKnows) {
  family_.tell_news();
  family_.tell(FlowStarted{flow(16)});
  const auto fetched = listener_.fetch();
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_EQ(fetched->events.size(), 1U);
}

TEST_F(FwdListenerTest, SaysThatSomethingWasLostAndKeepsTheRest) {
  family_.lose();
  family_.tell(FlowStarted{flow(16)});
  family_.tell(FlowStarted{flow(17)});
  const auto fetched = listener_.fetch();
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_TRUE(fetched->lost);
  EXPECT_EQ(fetched->events.size(), 2U);
}

TEST_F(FwdListenerTest, SaysThatTheModuleIsGone) {
  family_.unload();
  EXPECT_EQ(listener_.fetch().error().message, "cannot listen to the module: it has been unloaded");
}

TEST_F(FwdNetlinkTest, ListeningNeedsAPrivilege) {
  family_.join_error = NLE_PERM;
  EXPECT_EQ(FwdListener::open(family_.netlink()).error().message,
            "cannot listen to the module: CAP_NET_ADMIN in the initial user namespace is needed "
            "(EPERM)");
}

}  // namespace
}  // namespace vsockfwd
