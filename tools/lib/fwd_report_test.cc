// SPDX-License-Identifier: Apache-2.0
#include "lib/fwd_report.h"

#include <gmock/gmock.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include <memory>

namespace vsockfwd {
namespace {

using ::testing::HasSubstr;

/// A message of the family, attribute by attribute.
class Draft {
 public:
  explicit Draft(int command) : message_(::nlmsg_alloc(), ::nlmsg_free) {
    ::genlmsg_put(message_.get(), 0, 0, 40, 0, 0, static_cast<std::uint8_t>(command), 1);
  }
  Draft& u16(int attribute, std::uint16_t value) {
    ::nla_put_u16(message_.get(), attribute, value);
    return *this;
  }
  Draft& u32(int attribute, std::uint32_t value) {
    ::nla_put_u32(message_.get(), attribute, value);
    return *this;
  }
  nlmsghdr* get() { return ::nlmsg_hdr(message_.get()); }

 private:
  std::unique_ptr<nl_msg, decltype(&::nlmsg_free)> message_;
};

Draft least_flow(int command) {
  Draft draft(command);
  draft.u32(VHOST_VSOCK_FWD_A_FLOW_GUEST_CID, 16)
      .u32(VHOST_VSOCK_FWD_A_FLOW_GUEST_PORT, 1234)
      .u32(VHOST_VSOCK_FWD_A_FLOW_SEEN_CID, 3)
      .u32(VHOST_VSOCK_FWD_A_FLOW_SEEN_PORT, 9000)
      .u16(VHOST_VSOCK_FWD_A_FLOW_TYPE, 1);
  return draft;
}

TEST(FwdReport, AFlowNeedsItsEnds) {
  EXPECT_TRUE(read_flow(least_flow(VHOST_VSOCK_FWD_CMD_FLOW_GET).get()));
  Draft draft(VHOST_VSOCK_FWD_CMD_FLOW_GET);
  draft.u32(VHOST_VSOCK_FWD_A_FLOW_GUEST_CID, 16);
  EXPECT_EQ(read_flow(draft.get()).error().message,
            "the module sent a message that makes no sense: attribute 2 is missing");
}

TEST(FwdReport, ARuleNeedsItsCounters) {
  Draft draft(VHOST_VSOCK_FWD_CMD_RULE_GET);
  EXPECT_THAT(read_rule(draft.get()).error().message, HasSubstr("attribute 1 is missing"));
}

TEST(FwdReport, AttributesHaveTheirSizes) {
  Draft draft(VHOST_VSOCK_FWD_CMD_FLOW_GET);
  draft.u16(VHOST_VSOCK_FWD_A_FLOW_GUEST_CID, 16);
  EXPECT_THAT(read_flow(draft.get()).error().message, HasSubstr("makes no sense"));
}

TEST(FwdReport, WhatANewerModuleAddsIsLeftAlone) {
  auto draft = least_flow(VHOST_VSOCK_FWD_CMD_FLOW_GET);
  draft.u32(VHOST_VSOCK_FWD_A_FLOW_MAX + 1, 1).u32(VHOST_VSOCK_FWD_A_FLOW_SIDE, 7);
  const auto flow = read_flow(draft.get());
  ASSERT_TRUE(flow) << flow.error().message;
  EXPECT_EQ(flow->guest, (VsockEnd{16, 1234}));
  EXPECT_EQ(flow->started_by, std::nullopt);
}

TEST(FwdReport, EventsAreToldApart) {
  auto denied = least_flow(VHOST_VSOCK_FWD_CMD_FLOW_DENY_NTF);
  denied.u32(VHOST_VSOCK_FWD_A_FLOW_DROP, VHOST_VSOCK_FWD_DROP_COLLISION);
  EXPECT_EQ(std::get<FlowDenied>(**read_event(denied.get())).reason,
            unsigned{VHOST_VSOCK_FWD_DROP_COLLISION});
  auto started = least_flow(VHOST_VSOCK_FWD_CMD_FLOW_ADD_NTF);
  EXPECT_EQ(std::get<FlowStarted>(**read_event(started.get())).flow.seen, (VsockEnd{3, 9000}));
  auto unknown = least_flow(99);
  EXPECT_EQ(*read_event(unknown.get()), std::nullopt);
}

TEST(FwdReport, DropsHaveNames) {
  EXPECT_EQ(drop_name(VHOST_VSOCK_FWD_DROP_DENIED), "denied");
  EXPECT_EQ(drop_name(VHOST_VSOCK_FWD_DROP_NOT_SENT), "not_sent");
  EXPECT_EQ(drop_name(VHOST_VSOCK_FWD_DROP_NOT_SENT + 1), "7");
}

}  // namespace
}  // namespace vsockfwd
