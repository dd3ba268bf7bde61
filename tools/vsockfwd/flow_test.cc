// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/flow.h"

#include <gmock/gmock.h>

#include <cerrno>

#include "vsockfwd/command_line.h"
#include "vsockfwd/fake_host.h"

namespace vsockfwd {
namespace {

using ::testing::HasSubstr;

class FlowCommand : public ::testing::Test {
 protected:
  FlowCommand() {
    host_.load_module();
    host_.family.flows = {
        {.guest = {17, 4294967294}, .seen = {2, 5}, .peer = {}, .type = 9, .started_by = {}},
        {.guest = {16, 1234},
         .seen = {3, 9000},
         .peer = VsockEnd{2, 19000},
         .type = 1,
         .started_by = Side::guest},
        {.guest = {16, 80},
         .seen = {3, 4294967294},
         .peer = VsockEnd{20, 4294967294},
         .type = 2,
         .started_by = Side::parent}};
  }

  [[nodiscard]] Result<Reply> run(std::vector<std::string_view> words) const {
    words.insert(words.begin(), "flow");
    return parse(words).value()(host_.machine());
  }

  FakeHost host_;
};

TEST_F(FlowCommand, ShowSortsByGuestAndPort) {
  const auto reply = run({});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(
      reply->text,
      "GUEST                  SEEN                   PEER                   TYPE       STARTED BY\n"
      "16:80                  3:4294967294           20:4294967294          seqpacket  parent\n"
      "16:1234                3:9000                 host:19000             stream     guest\n"
      "17:4294967294          host:5                 ?                      9          ?\n");
  EXPECT_EQ(reply->json[1].dump(),
            R"({"guest_cid":16,"guest_port":1234,"seen_cid":3,"seen_port":9000,"peer_cid":2,)"
            R"("peer_port":19000,"type":"stream","started_by":"guest"})");
  EXPECT_EQ(reply->json[2].dump(),
            R"({"guest_cid":17,"guest_port":4294967294,"seen_cid":2,"seen_port":5,"peer_cid":null,)"
            R"("peer_port":null,"type":"9","started_by":null})");
}

TEST_F(FlowCommand, ShowOfAGuestLeavesOutTheOthers) {
  const auto one = run({"show", "guest", "17"});
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ(one->json.size(), 1U);
  EXPECT_EQ(run({"show", "guest", "18"})->json.dump(), "[]");
}

TEST_F(FlowCommand, SaysWhatIsMissing) {
  host_.family.failures = {{VHOST_VSOCK_FWD_CMD_FLOW_GET, EPERM}};
  EXPECT_EQ(run({"show"}).error().hint, "run the command as root, outside of any container");
  host_.family.known = false;
  EXPECT_THAT(run({"show"}).error().message, HasSubstr("older than this program"));
  host_.module.info.api_version = 2;
  EXPECT_THAT(run({"show"}).error().message, HasSubstr("speaks API version 2"));
  host_.remove("/dev/vhost-vsock-fwd");
  EXPECT_EQ(run({"show"}).error().hint, "load the module: modprobe vhost_vsock_fwd");
}

}  // namespace
}  // namespace vsockfwd
