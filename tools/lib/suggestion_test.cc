// SPDX-License-Identifier: Apache-2.0
#include "lib/suggestion.h"

#include <gmock/gmock.h>

#include <string>

namespace vsockfwd {
namespace {

const std::vector<std::string> known = {"from", "to", "max_connections", "max_rate"};
const std::string all = "one of: from, to, max_connections, max_rate";

TEST(Suggest, NamesTheNearest) {
  EXPECT_EQ(suggest("max_conections", known), "did you mean \"max_connections\"?");
  EXPECT_EQ(suggest("max-connections", known), "did you mean \"max_connections\"?");
  EXPECT_EQ(suggest("xmax_rate", known), "did you mean \"max_rate\"?");
  EXPECT_EQ(suggest("fromm", known), "did you mean \"from\"?");
  EXPECT_EQ(suggest("form", known), "did you mean \"from\"?");
}

TEST(Suggest, ListsAllIfNoneIsNear) {
  EXPECT_EQ(suggest("banana", known), all);
  EXPECT_EQ(suggest("", known), all);
  EXPECT_EQ(suggest(std::string(1'000'000, 'm'), known), all);
}

}  // namespace
}  // namespace vsockfwd
