// SPDX-License-Identifier: Apache-2.0
#include "eif/command_line.h"

#include <gmock/gmock.h>

namespace vsockfwd::eif {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Words = std::vector<std::string>;

TEST(CommandLine, TakesThePartsOfAnImage) {
  const auto command =
      parse_command_line({"build", "--kernel", "vmlinuz", "--cmdline", "quiet", "--ramdisk", "one",
                          "--ramdisk", "two", "--metadata", "m.json", "--memory", "512",
                          "--processors", "1", "-o", "app.eif", "-j"})
          .value();
  const auto& build = std::get<BuildCommand>(command);
  EXPECT_EQ(build.kernel_path, "vmlinuz");
  EXPECT_EQ(build.cmdline, "quiet");
  EXPECT_THAT(build.ramdisk_paths, ElementsAre("one", "two"));
  EXPECT_EQ(build.metadata_path, "m.json");
  EXPECT_EQ(build.memory, 512U);
  EXPECT_EQ(build.processors, 1U);
  EXPECT_EQ(build.output_path, "app.eif");
  EXPECT_TRUE(build.json);
}

TEST(CommandLine, TakesImages) {
  const auto describe = parse_command_line({"describe", "-j", "a.eif"}).value();
  EXPECT_EQ(std::get<DescribeCommand>(describe).path, "a.eif");
  EXPECT_TRUE(std::get<DescribeCommand>(describe).json);
  const auto check = parse_command_line({"check", "a.eif", "b.eif"}).value();
  EXPECT_THAT(std::get<CheckCommand>(check).paths, ElementsAre("a.eif", "b.eif"));
}

TEST(CommandLine, ExplainsMistakes) {
  const Words build = {"build", "--kernel", "k", "--cmdline", "", "--ramdisk", "r", "-o", "o"};
  const auto with = [&build](const Words& more) {
    auto words = build;
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  EXPECT_TRUE(parse_command_line(build));
  const std::pair<Words, std::string> mistakes[] = {
      {{}, "no command"},
      {{"biuld"}, "unexpected word"},
      {{"build"}, "is required"},
      {with({"--memory", "0"}), "--memory"},
      {with({"--processors", "x"}), "--processors"},
      {with({"--kernle", "k"}), "unknown option"},
      {{"describe"}, "is required"},
      {{"describe", "a", "b"}, "unexpected word"},
      {{"check"}, "is required"},
  };
  for (const auto& [words, message] : mistakes) {
    const auto command = parse_command_line(words);
    ASSERT_FALSE(command) << message;
    EXPECT_THAT(command.error().message, HasSubstr(message));
    EXPECT_FALSE(command.error().hint.empty()) << message;
  }
}

TEST(CommandLine, PrintsHelpVersionAndCompletion) {
  const std::pair<Words, std::string> texts[] = {
      {{"--version"}, "eif "},
      {{"build", "--help"}, "write an image"},
      {{"completion", "bash"}, "# bash completion for eif"},
  };
  for (const auto& [words, start] : texts) {
    const auto command = parse_command_line(words).value();
    EXPECT_THAT(std::get<PrintCommand>(command).text, StartsWith(start));
  }
}

}  // namespace
}  // namespace vsockfwd::eif
