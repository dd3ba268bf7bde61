// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/batch.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cerrno>

#include "vsockfwd/command_line.h"
#include "vsockfwd/fake_host.h"

namespace vsockfwd {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Batch : public ::testing::Test {
 protected:
  Batch() { host_.load_module(); }

  [[nodiscard]] Result<Reply> run(std::string_view text) {
    host_.type(text);
    static constexpr std::array<std::string_view, 2> words = {"batch", "-"};
    return parse(words).value()(host_.machine());
  }

  FakeHost host_;
};

TEST_F(Batch, RunsEveryCommandInOrder) {
  const auto reply = run("rule add guest 16 to host\nrule show\nrule flush\nrule show guest 16\n");
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_THAT(reply->text, HasSubstr("16          3           all"));
  EXPECT_THAT(reply->text, HasSubstr("deleted 1 rule\n"));
  ASSERT_EQ(reply->json.size(), 4U);
  EXPECT_EQ(reply->json[0]["guest_cid"], 16);
  EXPECT_EQ(reply->json[1][0]["guest_cid"], 16);
  EXPECT_EQ(reply->json[2].dump(), R"({"deleted":1})");
  EXPECT_EQ(reply->json[3].dump(), "[]");
  EXPECT_THAT(host_.module.rules, IsEmpty());
}

TEST_F(Batch, OfNothingDoesNothing) {
  const auto reply = run("");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->text, "");
  EXPECT_EQ(reply->json.dump(), "[]");
}

TEST_F(Batch, RunsNothingUnlessAllMakesSense) {
  for (const auto* const last : {"rul", "rule add guest 2 to host", "rule 'flush"}) {
    const auto reply = run(fmt::format("rule add guest 16 to host\n{}\n", last));
    ASSERT_FALSE(reply) << last;
    EXPECT_THAT(reply.error().message, ::testing::StartsWith("standard input:2: "));
    EXPECT_THAT(host_.module.requests, IsEmpty()) << last;
  }
}

TEST_F(Batch, TakesEverythingBackIfOneCommandFails) {
  host_.module.add(Rule{.guest_cid = 20, .persistent = true, .ports = {9000, 9010}, .to_port = 80});
  host_.module.add(21);
  host_.module.info.host_alias = 5;
  const auto reply =
      run("rule add guest 16 to host\nrule flush guest 20\nhost alias 3\nrule del guest 21\n"
          "rule add guest 21 to 16\nrule flush\nrule add guest 18 to host\nrule del guest 17\n");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().message,
            "standard input:8: cannot delete rule for guest \"17\": there is no such rule "
            "(ENOENT); the former rules are there again");
  EXPECT_EQ(reply.error().code, ENOENT);
  EXPECT_EQ(host_.module.info.host_alias, 5U);
  ASSERT_EQ(host_.module.rules.size(), 2U);
  auto rules = host_.module.rules;
  std::ranges::sort(rules, {}, &vhost_vsock_fwd_rule::guest_cid);
  EXPECT_EQ(rule_of(rules[0]),
            (Rule{.guest_cid = 20, .persistent = true, .ports = {9000, 9010}, .to_port = 80}));
  EXPECT_EQ(rule_of(rules[1]), (Rule{.guest_cid = 21, .persistent = true}));
}

TEST_F(Batch, SaysThatARuleOfAProgramCannotComeBack) {
  host_.module.add(20, parent_cid, host_cid, /*persistent=*/false);
  const auto reply = run("rule flush\nrule del guest 17\n");
  ASSERT_FALSE(reply);
  EXPECT_THAT(
      reply.error().message,
      ::testing::EndsWith("; 1 of the former rules are not as they were: \"rule add guest 20 "
                          "from 3 to host\" was of a running program"));
}

TEST_F(Batch, HasTheWorstStatusOfItsCommands) {
  host_.complete();
  EXPECT_EQ(run("feature\nrule").value().status, exit_success);
  host_.remove("/dev/vhost-vsock");
  EXPECT_EQ(run("feature\nrule").value().status, exit_failure);
}

}  // namespace
}  // namespace vsockfwd
