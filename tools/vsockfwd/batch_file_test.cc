// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/batch_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "vsockfwd/fake_host.h"

namespace vsockfwd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> split(std::string_view line) {
  return split_line(line).value();
}

std::string complaint(std::string_view line) {
  const auto words = split_line(line);
  return words ? "" : words.error().message;
}

TEST(SplitLine, SeparatesWordsAtBlanks) {
  EXPECT_THAT(split("rule add"), ElementsAre("rule", "add"));
  EXPECT_THAT(split(" \trule \t\v add\r"), ElementsAre("rule", "add"));
  EXPECT_THAT(split(""), IsEmpty());
  EXPECT_THAT(split(" \t\r"), IsEmpty());
}

TEST(SplitLine, LeavesOutComments) {
  EXPECT_THAT(split("# rule"), IsEmpty());
  EXPECT_THAT(split("rule #add"), ElementsAre("rule"));
  EXPECT_THAT(split("rule#1 add # \"not closed"), ElementsAre("rule#1", "add"));
  EXPECT_THAT(split("'#' \"#\" \\#"), ElementsAre("#", "#", "#"));
}

TEST(SplitLine, KeepsTogetherWhatIsQuoted) {
  EXPECT_THAT(split("'a b' \"c d\" e\\ f"), ElementsAre("a b", "c d", "e f"));
  EXPECT_THAT(split("a'b'\"c\"d"), ElementsAre("abcd"));
  EXPECT_THAT(split("'' \"\""), ElementsAre("", ""));
  EXPECT_THAT(split(R"('a"b' "a'b" "a\"b" "a\\b" 'a\b')"),
              ElementsAre("a\"b", "a'b", "a\"b", "a\\b", "a\\b"));
}

TEST(SplitLine, RefusesWhatIsNotClosed) {
  EXPECT_EQ(complaint("rule 'add"), "the line ends within a word");
  EXPECT_EQ(complaint("rule \"add'"), "the line ends within a word");
  EXPECT_EQ(complaint("rule add\\"), "the line ends within a backslash");
}

class BatchFileTest : public ::testing::Test {
 protected:
  [[nodiscard]] Result<BatchFile> read(std::string_view text) const {
    host_.write("/rules", text);
    return BatchFile::read(host_.machine(), host_.machine().path("/rules").native());
  }

  [[nodiscard]] std::string complaint(std::string_view text) const {
    const auto file = read(text);
    if (file) return "";
    const auto& message = file.error().message;
    const auto place = host_.machine().path("/rules").string() + ":";
    EXPECT_EQ(message.substr(0, place.size()), place);
    return message.substr(place.size());
  }

  FakeHost host_;
};

TEST_F(BatchFileTest, NumbersItsCommandsByTheirLines) {
  const auto file = read("# rules\n\nrule add guest 16 to host\n  # more\nrule flush");
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->lines().size(), 2U);
  EXPECT_EQ(file->lines()[0].number, 3U);
  EXPECT_EQ(file->lines()[0].request.values.at("guest"), "16");
  EXPECT_EQ(file->lines()[1].number, 5U);
  EXPECT_EQ(file->lines()[1].request.command->name, "flush");
}

TEST_F(BatchFileTest, KnowsAFileOfCommentsFromAnEmptyOne) {
  EXPECT_TRUE(read("")->empty());
  EXPECT_FALSE(read("#\n")->empty());
  EXPECT_FALSE(read("\n")->empty());
}

TEST_F(BatchFileTest, NamesTheLineThatMakesNoSense) {
  EXPECT_EQ(complaint("rule\nrul\n"), "2: unknown object \"rul\"");
  EXPECT_EQ(complaint("\n\nrule 'add"), "3: the line ends within a word");
  EXPECT_EQ(complaint("rule del"), "1: \"guest CID\" is missing");
  EXPECT_EQ(complaint(std::string_view("rule\0show", 9)), "1: unknown object \"rule\\x00show\"");
}

TEST_F(BatchFileTest, HoldsNoOptionsAndNoFiles) {
  EXPECT_EQ(complaint("rule -j"), "1: unexpected option \"-j\"");
  EXPECT_EQ(complaint("--help"), "1: unexpected option \"--help\"");
  EXPECT_EQ(complaint("rule help"), "1: unknown command of \"rule\" \"help\"");
  for (const auto* const object : {"batch", "save", "restore"}) {
    EXPECT_EQ(complaint(fmt::format("{} /nowhere", object)),
              fmt::format("1: \"{}\" cannot stand in a file", object));
  }
}

TEST_F(BatchFileTest, SaysWhichFileIsMissing) {
  const auto file = BatchFile::read(host_.machine(), "/nowhere/rules");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().message,
            "cannot open \"/nowhere/rules\": No such file or directory (ENOENT)");
}

TEST_F(BatchFileTest, MayBeStandardInput) {
  host_.type("rule show\nrul\n");
  const auto file = BatchFile::read(host_.machine(), "-");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().message, "standard input:2: unknown object \"rul\"");
}

}  // namespace
}  // namespace vsockfwd
