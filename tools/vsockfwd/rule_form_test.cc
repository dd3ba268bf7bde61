// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/rule_form.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <vector>

#include "vsockfwd/command_line.h"
#include "vsockfwd/fake_host.h"

namespace vsockfwd {
namespace {

/// The rule that the module gets by the words of a line.
Rule added_by(const std::string& line) {
  FakeHost host;
  host.load_module();
  std::istringstream stream(line);
  const std::vector<std::string> owned{std::istream_iterator<std::string>(stream), {}};
  const std::vector<std::string_view> words(owned.begin(), owned.end());
  const auto action = parse(words);
  if (!action) throw std::invalid_argument(action.error().message);
  if (const auto reply = (*action)(host.machine()); !reply) {
    throw std::runtime_error(reply.error().message);
  }
  return rule_of(host.module.rules.at(0));
}

const std::array rules = {
    Rule{.guest_cid = 16, .persistent = true},
    Rule{.guest_cid = 4294967294, .from_cid = 17, .to_cid = 20, .persistent = true},
    Rule{.guest_cid = 16, .persistent = true, .ports = {9000, 9000}, .to_port = 19000},
    Rule{.guest_cid = 16, .to_cid = 20, .persistent = true, .ports = {9000, 9010}},
    Rule{.guest_cid = 16, .to_cid = 0, .persistent = true, .ports = {1, 1023}, .deny = true},
    Rule{.guest_cid = 16, .to_cid = 0, .persistent = true, .deny = true},
};

TEST(FormatRule, WritesWhatIsReadAgain) {
  for (const auto& rule : rules) EXPECT_EQ(added_by(format_rule(rule)), rule) << format_rule(rule);
}

TEST(FormatRule, WritesTheWordsOfTheCommandLine) {
  EXPECT_EQ(format_rule(rules[0]), "rule add guest 16 from 3 to host");
  EXPECT_EQ(format_rule(rules[1]), "rule add guest 4294967294 from 17 to 20");
  EXPECT_EQ(format_rule(rules[2]), "rule add guest 16 from 3 port 9000 to host port 19000");
  EXPECT_EQ(format_rule(rules[3]), "rule add guest 16 from 3 port 9000-9010 to 20");
  EXPECT_EQ(format_rule(rules[4]), "rule add guest 16 from 3 port 1-1023 deny");
  EXPECT_EQ(format_rule(rules[5]), "rule add guest 16 from 3 deny");
}

TEST(ParseRule, KnowsThePortOfTheTargetByItsPlace) {
  const auto expected = rules[2];
  for (const auto* const line : {"rule add guest 16 port 9000 to host port 19000",
                                 "rule add to host port 19000 port 9000 guest 16",
                                 "rule add to host port 19000 guest 16 port 9000",
                                 "rule add port 9000 to host port 19000 from parent guest 16"}) {
    EXPECT_EQ(added_by(line), expected) << line;
  }
}

TEST(JsonOfRule, IsNullWhereNothingApplies) {
  EXPECT_EQ(json_of(rules[0]).dump(),
            R"({"guest_cid":16,"from_cid":3,"port_first":null,"port_last":null,)"
            R"("action":"forward","to_cid":2,"to_port":null,"persistent":true})");
  EXPECT_EQ(json_of(rules[2]).dump(),
            R"({"guest_cid":16,"from_cid":3,"port_first":9000,"port_last":9000,)"
            R"("action":"forward","to_cid":2,"to_port":19000,"persistent":true})");
  EXPECT_EQ(json_of(rules[4]).dump(),
            R"({"guest_cid":16,"from_cid":3,"port_first":1,"port_last":1023,)"
            R"("action":"deny","to_cid":null,"to_port":null,"persistent":true})");
}

}  // namespace
}  // namespace vsockfwd
