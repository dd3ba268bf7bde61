// SPDX-License-Identifier: Apache-2.0
#include "eif/metadata.h"

#include <gmock/gmock.h>

namespace vsockfwd::eif {
namespace {

using ::testing::HasSubstr;

TEST(Metadata, KeepsItsOrder) {
  EXPECT_EQ(parse_metadata(R"({"b": 1, "a": [2]})").value().dump(), R"({"b":1,"a":[2]})");
}

TEST(Metadata, IsRefusedUnlessItIsAnObject) {
  for (const std::string_view text : {"", "{", "[]", "1", "{\"a\": 1}x"}) {
    const auto metadata = parse_metadata(text);
    ASSERT_FALSE(metadata) << text;
    EXPECT_THAT(metadata.error().message, HasSubstr("invalid metadata: "));
  }
}

TEST(Metadata, IsRefusedIfNestedTooDeep) {
  const auto nested = [](std::size_t depth) {
    return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_TRUE(parse_metadata(nested(60)));
  EXPECT_THAT(parse_metadata(nested(70)).error().message, HasSubstr("nested"));
  EXPECT_THAT(parse_metadata(nested(1000000)).error().message, HasSubstr("nested"));
}

}  // namespace
}  // namespace vsockfwd::eif
