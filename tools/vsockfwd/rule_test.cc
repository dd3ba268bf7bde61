// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/rule.h"

#include <gmock/gmock.h>

#include <cerrno>

#include "vsockfwd/command_line.h"
#include "vsockfwd/fake_host.h"

namespace vsockfwd {
namespace {

using ::testing::HasSubstr;

class Rule : public ::testing::Test {
 protected:
  Rule() { host_.load_module(); }

  [[nodiscard]] Result<Reply> run(std::vector<std::string_view> words) const {
    words.insert(words.begin(), "rule");
    return parse(words).value()(host_.machine());
  }

  FakeHost host_;
};

TEST_F(Rule, AddMakesAPersistentRuleToTheHost) {
  const auto reply = run({"add", "guest", "16", "to", "host"});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->text, "");
  EXPECT_EQ(reply->json.dump(), R"({"guest_cid":16,"from_cid":3,"to_cid":2,"persistent":true})");
  ASSERT_EQ(host_.module.rules.size(), 1U);
  EXPECT_EQ(host_.module.rules[0].guest_cid, 16U);
  EXPECT_EQ(host_.module.rules[0].from_cid, 3U);
  EXPECT_EQ(host_.module.rules[0].to_cid, 2U);
  EXPECT_EQ(host_.module.rules[0].flags, unsigned{VHOST_VSOCK_FWD_RULE_PERSIST});
}

TEST_F(Rule, AddTakesItsWordsInAnyOrder) {
  ASSERT_TRUE(run({"add", "to", "host", "from", "0x11", "guest", "16"}));
  EXPECT_EQ(host_.module.rules[0].guest_cid, 16U);
  EXPECT_EQ(host_.module.rules[0].from_cid, 17U);
}

TEST_F(Rule, AddLeavesItToTheModuleWhetherGuestsAreTargets) {
  ASSERT_TRUE(run({"add", "guest", "16", "to", "17"}));
  EXPECT_EQ(host_.module.rules[0].to_cid, 17U);
}

TEST_F(Rule, DelDeletesTheRuleOfTheGuest) {
  host_.module.add(16);
  host_.module.add(17);
  const auto reply = run({"del", "guest", "16"});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->json.dump(), R"({"deleted":1})");
  ASSERT_EQ(host_.module.rules.size(), 1U);
  EXPECT_EQ(host_.module.rules[0].guest_cid, 17U);
}

TEST_F(Rule, DelFailsWithoutARule) {
  EXPECT_EQ(run({"del", "guest", "16"}).error().code, ENOENT);
}

TEST_F(Rule, FlushDeletesAllOnAllPages) {
  for (Cid guest = 3; guest < 3 + 3000; ++guest) host_.module.add(guest);
  const auto reply = run({"flush"});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->text, "deleted 3000 rules\n");
  EXPECT_EQ(reply->json.dump(), R"({"deleted":3000})");
  EXPECT_TRUE(host_.module.rules.empty());
}

TEST_F(Rule, FlushDoesNotMindARuleThatGoesMeanwhile) {
  host_.module.add(16);
  host_.module.add(17);
  host_.module.vanishing_guest = 16;
  const auto reply = run({"flush"});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->text, "deleted 1 rule\n");
}

TEST_F(Rule, FlushSaysHowFarItCame) {
  host_.module.add(16);
  host_.module.add(17);
  host_.module.failures = {{VHOST_VSOCK_FWD_RULE_DEL, EPERM}};
  const auto reply = run({"flush"});
  ASSERT_FALSE(reply);
  EXPECT_THAT(reply.error().message, HasSubstr("\"16\""));
  EXPECT_THAT(reply.error().message, HasSubstr("; 0 of 2 rules are deleted"));
  EXPECT_EQ(reply.error().code, EPERM);
}

TEST_F(Rule, ShowSortsByGuest) {
  host_.module.add(4294967294, 4294967293);
  host_.module.add(16, 3, 17, 0);
  const auto reply = run({});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->text,
            "GUEST       FROM        PORTS        TO          PERSISTENT\n"
            "16          3           every        17          no\n"
            "4294967294  4294967293  every        host        yes\n");
  EXPECT_EQ(
      reply->json.dump(),
      R"([{"id":2,"guest_cid":16,"from_cid":3,"to_cid":17,"port_first":0,"port_last":0,"to_port":0,)"
      R"("deny":false,"persistent":false},)"
      R"({"id":1,"guest_cid":4294967294,"from_cid":4294967293,"to_cid":2,"port_first":0,)"
      R"("port_last":0,"to_port":0,"deny":false,"persistent":true}])");
}

TEST_F(Rule, ShowOfAGuestLeavesOutTheOthers) {
  host_.module.add(16);
  host_.module.add(17);
  const auto one = run({"show", "guest", "17"});
  ASSERT_TRUE(one);
  ASSERT_EQ(one->json.size(), 1U);
  EXPECT_EQ(one->json[0]["guest_cid"], 17);

  const auto none = run({"show", "guest", "18"});
  ASSERT_TRUE(none);
  EXPECT_EQ(none->json.dump(), "[]");
  EXPECT_EQ(none->text, "GUEST       FROM        PORTS        TO          PERSISTENT\n");
}

TEST_F(Rule, ShowAndFlushKnowRulesForPorts) {
  host_.module.add(16);
  auto& translated = host_.module.rules.emplace_back(host_.module.rules[0]);
  translated.id = 2;
  translated.port_first = translated.port_last = 9000;
  translated.to_port = 19000;
  auto& denied = host_.module.rules.emplace_back(host_.module.rules[0]);
  denied.id = 3;
  denied.flags |= VHOST_VSOCK_FWD_RULE_DENY;
  denied.to_cid = 0;
  denied.port_first = 1;
  denied.port_last = 1023;

  EXPECT_EQ(run({"show"})->text,
            "GUEST       FROM        PORTS        TO          PERSISTENT\n"
            "16          3           every        host        yes\n"
            "16          3           9000         host:19000  yes\n"
            "16          3           1-1023       nobody      yes\n");
  EXPECT_EQ(run({"flush"})->text, "deleted 3 rules\n");
  EXPECT_TRUE(host_.module.rules.empty());
}

TEST_F(Rule, NothingIsAskedOfAModuleOfAnotherApi) {
  host_.module.info.api_version = 2;
  for (const auto& words : std::vector<std::vector<std::string_view>>{
           {"show"}, {"flush"}, {"del", "guest", "16"}, {"add", "guest", "16", "to", "host"}}) {
    host_.module.requests.clear();
    const auto reply = run(words);
    ASSERT_FALSE(reply) << words[0];
    EXPECT_EQ(reply.error().message, "the module speaks API version 2, this program version 1");
    EXPECT_EQ(host_.module.requests, std::vector<unsigned long>{VHOST_VSOCK_FWD_INFO});
  }
}

TEST_F(Rule, EveryCommandReportsWhatTheModuleRefuses) {
  host_.module.failures = {{VHOST_VSOCK_FWD_RULE_ADD, EEXIST}, {VHOST_VSOCK_FWD_RULE_LIST, EINTR}};
  EXPECT_EQ(run({"add", "guest", "16", "to", "host"}).error().code, EEXIST);
  EXPECT_EQ(run({"show"}).error().code, EINTR);
  EXPECT_EQ(run({"flush"}).error().code, EINTR);
}

}  // namespace
}  // namespace vsockfwd
