// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/command.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace vsockfwd {
namespace {

/// A word that can be typed, matched and pasted into a shell script as it is.
bool is_plain(std::string_view word) {
  static const std::regex plain("[a-z][a-z0-9-]*");
  return std::regex_match(word.begin(), word.end(), plain);
}

template <typename Table>
void expect_plain_names(const Table& table) {
  for (const auto name : names_of(table)) {
    if (name.empty()) continue;
    EXPECT_TRUE(is_plain(name)) << name;
    EXPECT_NE(name, help_word);
  }
}

template <typename Names>
bool are_unique(const Names& names) {
  return std::set(names.begin(), names.end()).size() == names.size();
}

/// What tells a keyword from the others of its command.
std::vector<std::pair<std::string_view, std::string_view>> places_of(const Command& command) {
  std::vector<std::pair<std::string_view, std::string_view>> places;
  for (const auto& keyword : command.keywords) places.emplace_back(keyword.behind, keyword.name);
  return places;
}

TEST(CommandTable, NamesAreUniqueAndPlain) {
  expect_plain_names(objects());
  EXPECT_TRUE(are_unique(names_of(objects())));
  for (const auto& object : objects()) {
    expect_plain_names(object.commands);
    EXPECT_TRUE(are_unique(names_of(object.commands))) << object.name;
    for (const auto& command : object.commands) {
      expect_plain_names(command.keywords);
      EXPECT_TRUE(are_unique(places_of(command))) << synopsis(object, command);
    }
  }
}

TEST(CommandTable, OnlyTheSoleCommandOfAnObjectHasNoName) {
  for (const auto& object : objects()) {
    const auto names = names_of(object.commands);
    EXPECT_TRUE(names.size() == 1 || std::ranges::find(names, "") == names.end()) << object.name;
    const auto* const only = nameless_command(object);
    if (only == nullptr) continue;
    // See completion.cc.
    const auto words = names_of(only->keywords);
    EXPECT_TRUE(words.size() == 1 || std::ranges::find(words, "") == words.end()) << object.name;
  }
}

TEST(CommandTable, KeywordsStandBehindOnesWithAValue) {
  for (const auto& object : objects()) {
    for (const auto& command : object.commands) {
      for (const auto& keyword : command.keywords) {
        if (keyword.behind.empty()) continue;
        EXPECT_EQ(keyword.need, Need::optional) << synopsis(object, command);
        const auto head = std::ranges::find(command.keywords, keyword.behind, &Keyword::name);
        ASSERT_NE(head, command.keywords.end()) << synopsis(object, command);
        EXPECT_FALSE(head->value.empty()) << synopsis(object, command);
      }
    }
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
  EXPECT_EQ(synopsis(rule, *add),
            "rule add guest CID [from CID] [port PORTS] {to host|CID [port PORT] | deny}");
}

}  // namespace
}  // namespace vsockfwd
