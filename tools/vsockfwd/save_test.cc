// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/save.h"

#include <gmock/gmock.h>

#include "lib/file.h"
#include "vsockfwd/command_line.h"
#include "vsockfwd/fake_host.h"

namespace vsockfwd {
namespace {

class Save : public ::testing::Test {
 protected:
  Save() { host_.load_module(); }

  [[nodiscard]] Result<Reply> run(std::vector<std::string_view> words) const {
    words.insert(words.begin(), "save");
    return parse(words).value()(host_.machine());
  }

  FakeHost host_;
};

constexpr auto two_rules =
    "# the persistent rules of this host, for \"vsockfwd restore\"\n"
    "rule add guest 16 from 3 to host\n"
    "rule add guest 16 from 3 port 9000-9010 to host port 19000\n";

TEST_F(Save, WritesThePersistentRulesInOrder) {
  host_.module.add(
      Rule{.guest_cid = 16, .persistent = true, .ports = {9000, 9010}, .to_port = 19000});
  host_.module.add(16);
  host_.module.add(17, 3, host_cid, /*persistent=*/false);
  const auto printed = run({});
  ASSERT_TRUE(printed);
  EXPECT_EQ(printed->text, two_rules);
  EXPECT_EQ(printed->json, Json({{"saved", 2}, {"batch", two_rules}}));

  const auto path = host_.machine().path("/rules");
  const auto saved = run({path.native()});
  ASSERT_TRUE(saved) << saved.error().message;
  EXPECT_EQ(saved->text, "");
  EXPECT_EQ(saved->json.dump(), R"({"saved":2})");
  EXPECT_EQ(read_file(path), two_rules);
}

TEST_F(Save, WritesTheAliasOfTheHost) {
  host_.module.info.host_alias = 3;
  EXPECT_EQ(run({})->text,
            "# the persistent rules of this host, for \"vsockfwd restore\"\nhost alias 3\n");
}

TEST_F(Save, LeavesTheFormerFileIfTheRulesCannotBeListed) {
  host_.write("/rules", "former");
  host_.module.failures = {{VHOST_VSOCK_FWD_RULE_LIST, ENOMEM}};
  const auto path = host_.machine().path("/rules");
  EXPECT_EQ(run({path.native()}).error().code, ENOMEM);
  EXPECT_EQ(read_file(path), "former");
}

TEST_F(Save, SaysWhyTheFileCannotBeWritten) {
  EXPECT_EQ(run({"/nowhere/rules"}).error().message,
            "cannot write \"/nowhere/rules\": No such file or directory (ENOENT)");
}

}  // namespace
}  // namespace vsockfwd
