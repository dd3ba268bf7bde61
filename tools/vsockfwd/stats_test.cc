// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/stats.h"

#include <gmock/gmock.h>

#include <cerrno>

#include "vsockfwd/command_line.h"
#include "vsockfwd/fake_host.h"

namespace vsockfwd {
namespace {

RuleReport report(std::uint64_t id, Cid guest, Port first) {
  return {.rule = {.id = id,
                   .flags = VHOST_VSOCK_FWD_RULE_PERSIST,
                   .guest_cid = guest,
                   .from_cid = 3,
                   .to_cid = 2,
                   .port_first = first,
                   .port_last = first,
                   .to_port = 0,
                   .__reserved = 0},
          .stats = {}};
}

class StatsCommand : public ::testing::Test {
 protected:
  StatsCommand() {
    host_.load_module();
    auto busy = report(2, 16, 0);
    busy.stats = {.packets_from_guest = 1,
                  .bytes_from_guest = 2,
                  .packets_to_guest = 3,
                  .bytes_to_guest = 1ULL << 40,
                  .connections = 5,
                  .drops = {0, 6, 0, 7, 0, 0, 8}};
    host_.family.rules = {report(1, 16, 9000), busy, report(3, 15, 1)};
  }

  [[nodiscard]] Result<Reply> run(std::vector<std::string_view> words) const {
    words.insert(words.begin(), "stats");
    return parse(words).value()(host_.machine());
  }

  FakeHost host_;
};

TEST_F(StatsCommand, ShowsEachRuleByGuestAndPort) {
  const auto reply = run({});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->text,
            "guest 15 from 3 port 1 to host\n"
            "    connections  0\n"
            "    from guest   0 packets, 0 bytes\n"
            "    to guest     0 packets, 0 bytes\n"
            "    dropped      none\n"
            "guest 16 from 3 to host\n"
            "    connections  5\n"
            "    from guest   1 packets, 2 bytes\n"
            "    to guest     3 packets, 1099511627776 bytes\n"
            "    dropped      6 denied, 7 no_room, 8 not_sent\n"
            "guest 16 from 3 port 9000 to host\n"
            "    connections  0\n"
            "    from guest   0 packets, 0 bytes\n"
            "    to guest     0 packets, 0 bytes\n"
            "    dropped      none\n");
  EXPECT_EQ(
      reply->json[1].dump(),
      R"({"id":2,"guest_cid":16,"from_cid":3,"port_first":null,"port_last":null,)"
      R"("action":"forward","to_cid":2,"to_port":null,"persistent":true,)"
      R"("packets_from_guest":1,"bytes_from_guest":2,"packets_to_guest":3,)"
      R"("bytes_to_guest":1099511627776,"connections":5,)"
      R"("drops":{"denied":6,"collision":0,"no_room":7,"stray":0,"malformed":0,"not_sent":8}})");
}

TEST_F(StatsCommand, OfAGuestLeaveOutTheOthers) {
  const auto reply = run({"guest", "15"});
  ASSERT_TRUE(reply) << reply.error().message;
  ASSERT_EQ(reply->json.size(), 1U);
  EXPECT_EQ(reply->json[0]["id"], 3);
}

TEST_F(StatsCommand, SayWhyTheyAreMissing) {
  host_.family.failures = {{VHOST_VSOCK_FWD_CMD_RULE_GET, EPERM}};
  EXPECT_EQ(run({}).error().code, EPERM);
  host_.module.info.api_version = 2;
  EXPECT_EQ(run({}).error().message, "the module speaks API version 2, this program version 1");
}

}  // namespace
}  // namespace vsockfwd
