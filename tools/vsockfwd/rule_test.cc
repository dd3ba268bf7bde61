// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/rule.h"

#include <gmock/gmock.h>

#include <cerrno>

#include "vsockfwd/command_line.h"
#include "vsockfwd/fake_host.h"
#include "vsockfwd/rule_form.h"

namespace vsockfwd {
namespace {

using ::testing::HasSubstr;

class RuleCommand : public ::testing::Test {
 protected:
  RuleCommand() { host_.load_module(); }

  [[nodiscard]] Result<Reply> run(std::vector<std::string_view> words) const {
    words.insert(words.begin(), "rule");
    return parse(words).value()(host_.machine());
  }

  FakeHost host_;
};

TEST_F(RuleCommand, AddMakesAPersistentRuleToTheHost) {
  const auto reply = run({"add", "guest", "16", "to", "host"});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->text, "");
  const Rule rule = {.guest_cid = 16, .persistent = true};
  EXPECT_EQ(reply->json, json_of(rule));
  ASSERT_EQ(host_.module.rules.size(), 1U);
  EXPECT_EQ(rule_of(host_.module.rules[0]), rule);
}

TEST_F(RuleCommand, AddTakesItsWordsInAnyOrder) {
  ASSERT_TRUE(run({"add", "to", "host", "from", "0x11", "guest", "16"}));
  EXPECT_EQ(host_.module.rules[0].guest_cid, 16U);
  EXPECT_EQ(host_.module.rules[0].from_cid, 17U);
}

TEST_F(RuleCommand, AddSaysWhatAnOlderModuleDoesNotOffer) {
  host_.module.info.features = VHOST_VSOCK_FWD_F_TO_HOST | VHOST_VSOCK_FWD_F_PERSIST;
  EXPECT_TRUE(run({"add", "guest", "16", "to", "host"}));
  EXPECT_THAT(run({"add", "guest", "17", "to", "18"}).error().message,
              HasSubstr("does not offer rules with a guest as their target"));
  for (const auto& words : std::vector<std::vector<std::string_view>>{
           {"add", "guest", "17", "port", "9000", "to", "host"},
           {"add", "guest", "17", "deny"},
           {"del", "guest", "16", "port", "9000"}}) {
    EXPECT_THAT(run(words).error().message, HasSubstr("does not offer rules for ports"));
  }
  EXPECT_EQ(host_.module.rules.size(), 1U);
}

TEST_F(RuleCommand, DelDeletesTheRuleOfTheGuest) {
  host_.module.add(16);
  host_.module.add(17);
  const auto reply = run({"del", "guest", "16"});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->json.dump(), R"({"deleted":1})");
  ASSERT_EQ(host_.module.rules.size(), 1U);
  EXPECT_EQ(host_.module.rules[0].guest_cid, 17U);
}

TEST_F(RuleCommand, DelDeletesTheRuleForThePorts) {
  host_.module.add(16);
  host_.module.add(Rule{.guest_cid = 16, .ports = {9000, 9010}});
  ASSERT_TRUE(run({"del", "guest", "16", "port", "9000-9010"}));
  ASSERT_EQ(host_.module.rules.size(), 1U);
  EXPECT_EQ(host_.module.rules[0].port_first, 0U);
}

TEST_F(RuleCommand, DelFailsWithoutARule) {
  EXPECT_EQ(run({"del", "guest", "16"}).error().code, ENOENT);
}

TEST_F(RuleCommand, FlushDeletesAllOnAllPages) {
  for (Cid guest = 3; guest < 3 + 3000; ++guest) host_.module.add(guest);
  const auto reply = run({"flush"});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->text, "deleted 3000 rules\n");
  EXPECT_EQ(reply->json.dump(), R"({"deleted":3000})");
  EXPECT_TRUE(host_.module.rules.empty());
}

TEST_F(RuleCommand, FlushOfAGuestLeavesTheOthers) {
  host_.module.add(16);
  host_.module.add(Rule{.guest_cid = 16, .ports = {9000, 9010}});
  host_.module.add(17);
  const auto reply = run({"flush", "guest", "16"});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->text, "deleted 2 rules\n");
  ASSERT_EQ(host_.module.rules.size(), 1U);
  EXPECT_EQ(host_.module.rules[0].guest_cid, 17U);
}

TEST_F(RuleCommand, FlushDoesNotMindARuleThatGoesMeanwhile) {
  host_.module.add(16);
  host_.module.add(17);
  host_.module.vanishing_guest = 16;
  const auto reply = run({"flush"});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->text, "deleted 1 rule\n");
}

TEST_F(RuleCommand, FlushSaysHowFarItCame) {
  host_.module.add(16);
  host_.module.add(17);
  host_.module.failures = {{VHOST_VSOCK_FWD_RULE_DEL, EPERM}};
  const auto reply = run({"flush"});
  ASSERT_FALSE(reply);
  EXPECT_THAT(reply.error().message, HasSubstr("\"16\""));
  EXPECT_THAT(reply.error().message, HasSubstr("; 0 of 2 rules are deleted"));
  EXPECT_EQ(reply.error().code, EPERM);
}

TEST_F(RuleCommand, ShowSortsByGuestAndPort) {
  host_.module.add(4294967294, 4294967293);
  host_.module.add(Rule{.guest_cid = 16, .to_cid = 0, .ports = {9000, 4294967294}, .deny = true});
  host_.module.add(Rule{.guest_cid = 16, .to_cid = 17, .ports = {9000, 9000}, .to_port = 80});
  host_.module.add(16, 3, 17, false);
  const auto reply = run({});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->text,
            "GUEST       FROM        PORT                   PERSISTENT  TO\n"
            "16          3           all                    no          17\n"
            "16          3           9000                   no          17 port 80\n"
            "16          3           9000-4294967294        no          deny\n"
            "4294967294  4294967293  all                    yes         host\n");
  EXPECT_EQ(reply->json[3].dump(),
            R"({"id":1,"guest_cid":4294967294,"from_cid":4294967293,"port_first":null,)"
            R"("port_last":null,"action":"forward","to_cid":2,"to_port":null,"persistent":true})");
}

TEST_F(RuleCommand, ShowOfAGuestLeavesOutTheOthers) {
  host_.module.add(16);
  host_.module.add(17);
  const auto one = run({"show", "guest", "17"});
  ASSERT_TRUE(one);
  ASSERT_EQ(one->json.size(), 1U);
  EXPECT_EQ(one->json[0]["guest_cid"], 17);

  const auto none = run({"show", "guest", "18"});
  ASSERT_TRUE(none);
  EXPECT_EQ(none->json.dump(), "[]");
  EXPECT_EQ(none->text, "GUEST       FROM        PORT                   PERSISTENT  TO\n");
}

TEST_F(RuleCommand, NothingIsAskedOfAModuleOfAnotherApi) {
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

TEST_F(RuleCommand, EveryCommandReportsWhatTheModuleRefuses) {
  host_.module.failures = {{VHOST_VSOCK_FWD_RULE_ADD, EEXIST}, {VHOST_VSOCK_FWD_RULE_LIST, EINTR}};
  EXPECT_EQ(run({"add", "guest", "16", "to", "host"}).error().code, EEXIST);
  EXPECT_EQ(run({"show"}).error().code, EINTR);
  EXPECT_EQ(run({"flush"}).error().code, EINTR);
}

}  // namespace
}  // namespace vsockfwd
