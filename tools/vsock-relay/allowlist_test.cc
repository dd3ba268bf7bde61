// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/allowlist.h"

#include <gmock/gmock.h>

#include <fstream>
#include <string>
#include <vector>

namespace vsockfwd::relay {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// In the manner of the file that AWS installs.
constexpr std::string_view file = R"(allowlist:
- {address: kms.us-east-1.amazonaws.com, port: 443}
- address: 10.0.0.1
  port: 9000
- {address: "2001:db8::1", port: 80}
)";

TEST(Allowlist, AllowsHostsWithTheirPorts) {
  const auto list = Allowlist::parse(file, "x.yaml").value();
  EXPECT_TRUE(list.allows({"kms.us-east-1.amazonaws.com", 443}));
  EXPECT_TRUE(list.allows({"10.0.0.1", 9000}));
  EXPECT_TRUE(list.allows({"2001:db8::1", 80}));
  EXPECT_FALSE(list.allows({"kms.us-east-1.amazonaws.com", 444}));
  EXPECT_FALSE(list.allows({"kms.us-east-2.amazonaws.com", 443}));
  EXPECT_FALSE(list.allows({"10.0.0.1", 443}));
  EXPECT_FALSE(list.allows({"evil.kms.us-east-1.amazonaws.com", 443}));
}

TEST(Allowlist, KnowsTheSpellingsOfAHost) {
  const auto list = Allowlist::parse(file, "x.yaml").value();
  EXPECT_TRUE(list.allows({"KMS.us-east-1.AmazonAWS.com", 443}));
  EXPECT_TRUE(list.allows({"kms.us-east-1.amazonaws.com.", 443}));
  EXPECT_TRUE(list.allows({"2001:0DB8:0::0:1", 80}));
}

TEST(Allowlist, AllowsNobodyIfItIsEmpty) {
  EXPECT_FALSE(Allowlist::parse("allowlist: []", "x").value().allows({"a", 1}));
}

TEST(Allowlist, SaysWhereWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "x.yaml: there is no list \"allowlist\""},
      {"a", "x.yaml:1:1: there is no list \"allowlist\""},
      {"- a", "x.yaml:1:1: there is no list \"allowlist\""},
      {"allowlists: []", "x.yaml:1:1: there is no list \"allowlist\""},
      {"allowlist:", "x.yaml:1:1: there is no list \"allowlist\""},
      {"allowlist: {address: a, port: 1}", "x.yaml:1:1: there is no list \"allowlist\""},
      {"allowlist:\n- a", "x.yaml:2:3: the entry has no address"},
      {"allowlist:\n- [a]", "x.yaml:2:3: the entry has no address"},
      {"allowlist:\n- {port: 1}", "x.yaml:2:3: the entry has no address"},
      {"allowlist:\n- {address: , port: 1}", "x.yaml:2:3: the entry has no address"},
      {"allowlist:\n- {address: [a], port: 1}", "x.yaml:2:3: the entry has no address"},
      {"allowlist:\n- {address: a}", "x.yaml:2:3: the entry has no port"},
      {"allowlist:\n- {address: a, port: b}", "x.yaml:2:22: \"b\" is no port from 1 to 65535"},
      {"allowlist:\n- {address: a, port: 0}", "x.yaml:2:22: \"0\" is no port from 1 to 65535"},
      {"allowlist:\n- {address: a, port: 65536}", "x.yaml:2:22: \"65536\" is no port"},
      {"allowlist:\n- {address: a, port: -1}", "x.yaml:2:22: \"-1\" is no port"},
      {"allowlist: [", "x.yaml:1:1: "},
      {"allowlist:\n\t- a", "x.yaml:2:"},
      {"a: *nowhere", "x.yaml:1:"},
      {std::string(5000, '['), "x.yaml:1:"},
  };
  for (const auto& [text, message] : cases) {
    const auto list = Allowlist::parse(text, "x.yaml");
    ASSERT_FALSE(list) << text;
    EXPECT_THAT(list.error().message, StartsWith(message)) << text;
    EXPECT_THAT(list.error().hint, HasSubstr("{address: ")) << text;
  }
}

Config config_to(std::vector<Address> targets, std::string_view allowlist) {
  Config config;
  Pair pair;
  pair.to = Dialer{std::move(targets)};
  config.pairs.push_back(pair);
  config.target_allowlist = allowlist;
  return config;
}

TEST(CheckTargets, ChecksEveryTcpTarget) {
  const auto path = ::testing::TempDir() + "allowlist_test.yaml";
  std::ofstream(path) << file;
  EXPECT_TRUE(check_targets(config_to({TcpAddress{"10.0.0.1", 9000}}, path)));
  EXPECT_TRUE(check_targets(config_to({VsockAddress{16, 1}, UnixAddress{"/a"}}, path)));
  const auto refused =
      check_targets(config_to({TcpAddress{"10.0.0.1", 9000}, TcpAddress{"10.0.0.2", 9000}}, path));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "target \"tcp:10.0.0.2:9000\" is not on the allowlist \"" + path + "\"");
  EXPECT_EQ(refused.error().hint, "add {address: \"10.0.0.2\", port: 9000} to it");
}

TEST(CheckTargets, NeedsTheFile) {
  EXPECT_TRUE(check_targets(config_to({TcpAddress{"a", 1}}, "")));
  EXPECT_EQ(check_targets(config_to({}, "/nowhere")).error().code, ENOENT);
}

}  // namespace
}  // namespace vsockfwd::relay
