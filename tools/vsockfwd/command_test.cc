// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/command.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>

namespace vsockfwd {
namespace {

/// A word that can be typed, matched and pasted into a shell script as it is.
bool is_plain(std::string_view word) {
  static const std::regex plain("[a-z][a-z0-9-]*");
  return std::regex_match(word.begin(), word.end(), plain);
}

template <typename Table>
void expect_usable_names(const Table& table) {
  const auto names = names_of(table);
  for (const auto name : names) {
    EXPECT_TRUE(is_plain(name)) << name;
    EXPECT_NE(name, help_word);
  }
  EXPECT_EQ(std::set(names.begin(), names.end()).size(), names.size());
}

TEST(CommandTable, NamesAreUniqueAndPlain) {
  expect_usable_names(objects());
  for (const auto& object : objects()) {
    expect_usable_names(object.commands);
    for (const auto& command : object.commands) expect_usable_names(command.keywords);
  }
}

TEST(CommandTable, EverythingIsDescribed) {
  for (const auto& object : objects()) {
    EXPECT_FALSE(object.description.empty()) << object.name;
    EXPECT_FALSE(object.commands.empty()) << object.name;
    for (const auto& command : object.commands) {
      EXPECT_FALSE(command.description.empty()) << synopsis(object, command);
      EXPECT_NE(command.parse, nullptr) << synopsis(object, command);
      for (const auto& keyword : command.keywords) {
        EXPECT_FALSE(keyword.description.empty()) << synopsis(object, command);
        EXPECT_FALSE(keyword.value.empty()) << synopsis(object, command);
      }
    }
  }
}

TEST(CommandTable, OptionsAreUnique) {
  std::set<std::string_view> words;
  for (const auto& option : options()) {
    EXPECT_TRUE(words.insert(option.short_name).second) << option.short_name;
    EXPECT_TRUE(words.insert(option.long_name).second) << option.long_name;
    EXPECT_FALSE(option.description.empty()) << option.long_name;
  }
}

TEST(CommandTable, SynopsisShowsWhatMayBeLeftOut) {
  const auto& rule = objects().front();
  const auto add = std::ranges::find(rule.commands, "add", &Command::name);
  ASSERT_NE(add, rule.commands.end());
  EXPECT_EQ(synopsis(rule, *add), "rule add guest CID [from CID] to host|CID");
}

}  // namespace
}  // namespace vsockfwd
