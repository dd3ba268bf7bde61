// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/path_template.h"

#include <gmock/gmock.h>

namespace vsockfwd::qgs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(PathTemplate, KnowsTheLayoutsOfVmms) {
  const auto kata = parse_path_template("/run/kata/{guest}/root/kata.hvsock_{port}", 4050).value();
  EXPECT_EQ(kata.base, "/run/kata");
  EXPECT_THAT(kata.folders, ElementsAre("root"));
  EXPECT_EQ(kata.socket_path("x"), "/run/kata/x/root/kata.hvsock_4050");
  EXPECT_EQ(kata.folder_path("x", 0), "/run/kata/x");
  EXPECT_EQ(kata.folder_path("x", 1), "/run/kata/x/root");
  EXPECT_EQ(kata.text, "/run/kata/{guest}/root/kata.hvsock_4050");

  const auto clh = parse_path_template("/run/vc/vm/{guest}/clh.sock_{port}", 40).value();
  EXPECT_THAT(clh.folders, IsEmpty());
  EXPECT_EQ(clh.socket_path("x"), "/run/vc/vm/x/clh.sock_40");
}

TEST(PathTemplate, NeedsNoPortAndMindsNoSlashes) {
  const auto path = parse_path_template("/a//{guest}/s", 1).value();
  EXPECT_EQ(path.socket_path("x"), "/a/x/s");
}

TEST(PathTemplate, RefusesWhatLeadsNowhere) {
  for (const auto* const word :
       {"", "a/{guest}/s", "/{guest}/s", "/a/{guest}", "/a/b/s", "/a/x{guest}/s", "/a/{guest}/../s",
        "/a/{guest}/{guest}/s", "/a/{guest}/{prt}"}) {
    const auto path = parse_path_template(word, 1);
    ASSERT_FALSE(path) << word;
    EXPECT_THAT(path.error().hint, HasSubstr("{guest}")) << word;
  }
}

}  // namespace
}  // namespace vsockfwd::qgs
