// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/host.h"

#include <gmock/gmock.h>

#include <cerrno>

#include "vsockfwd/command_line.h"
#include "vsockfwd/fake_host.h"

namespace vsockfwd {
namespace {

using ::testing::HasSubstr;

class HostCommand : public ::testing::Test {
 protected:
  HostCommand() { host_.load_module(); }

  [[nodiscard]] Result<Reply> run(std::vector<std::string_view> words) const {
    words.insert(words.begin(), "host");
    return parse(words).value()(host_.machine());
  }

  FakeHost host_;
};

TEST_F(HostCommand, AliasSetsAndTakesBack) {
  ASSERT_TRUE(run({"alias", "parent"}));
  EXPECT_EQ(host_.module.info.host_alias, 3U);
  const auto shown = run({});
  EXPECT_EQ(shown->text, "alias: 3\n");
  EXPECT_EQ(shown->json.dump(), R"({"alias":3})");

  EXPECT_EQ(run({"alias", "none"})->json.dump(), R"({"alias":null})");
  EXPECT_EQ(run({"show"})->text, "alias: none\n");
}

TEST_F(HostCommand, SaysWhatIsWrong) {
  EXPECT_EQ(run({"alias", "none"}).error().message,
            "cannot take the alias of the host back: there is no alias (ENOENT)");
  host_.module.failures = {{VHOST_VSOCK_FWD_HOST_ALIAS, EADDRINUSE}};
  EXPECT_EQ(run({"alias", "3"}).error().message,
            "cannot make CID \"3\" an alias of the host: this host has that CID itself "
            "(EADDRINUSE)");
  host_.module.info.features = VHOST_VSOCK_FWD_F_TO_HOST;
  EXPECT_THAT(run({"alias", "3"}).error().message,
              HasSubstr("does not offer another CID for the host to bind to"));
}

TEST(HostCommandLine, RefusesWhatCanBeNoAlias) {
  for (const auto* const word : {"0", "local", "host", "any", "nobody"}) {
    const std::array<std::string_view, 3> words = {"host", "alias", word};
    EXPECT_FALSE(parse(words)) << word;
  }
}

}  // namespace
}  // namespace vsockfwd
