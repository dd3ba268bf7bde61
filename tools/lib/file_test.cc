// SPDX-License-Identifier: Apache-2.0
#include "lib/file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace vsockfwd {
namespace {

using ::testing::HasSubstr;

class File : public ::testing::Test {
 protected:
  File() {
    auto name = ::testing::TempDir() + "vsockfwd-file-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    folder_ = name;
  }
  ~File() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::size_t files() const {
    const std::filesystem::directory_iterator entries(folder_);
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
  }

  std::filesystem::path folder_;
};

TEST_F(File, IsReadAsItWasWritten) {
  const auto content = std::string(100000, 'x') + std::string("\0\xff\n", 3);
  ASSERT_TRUE(replace_file(folder_ / "new", content));
  EXPECT_EQ(read_file(folder_ / "new"), content);
  EXPECT_EQ(files(), 1U);
}

TEST_F(File, KeepsItsModeAndItsLinkWhenReplaced) {
  ASSERT_TRUE(replace_file(folder_ / "rules", "old, and longer"));
  std::filesystem::permissions(folder_ / "rules", std::filesystem::perms(0600));
  std::filesystem::create_symlink("rules", folder_ / "link");
  ASSERT_TRUE(replace_file(folder_ / "link", "new"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "link"));
  EXPECT_EQ(read_file(folder_ / "rules"), "new");
  EXPECT_EQ(std::filesystem::status(folder_ / "rules").permissions(), std::filesystem::perms(0600));
}

TEST_F(File, IsNotReplacedUnlessItIsRegular) {
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  for (const auto& path : {folder_ / "fifo", folder_, std::filesystem::path("/dev/null")}) {
    const auto replaced = replace_file(path, "new");
    ASSERT_FALSE(replaced);
    EXPECT_THAT(replaced.error().message, HasSubstr("it is not a regular file"));
  }
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(File, SaysWhyItCannotBeReadOrWritten) {
  const auto missing = read_file(folder_ / "missing");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "cannot open \"" + (folder_ / "missing").string() +
                                         "\": No such file or directory (ENOENT)");
  EXPECT_EQ(missing.error().code, ENOENT);
  EXPECT_EQ(read_file(folder_).error().code, EISDIR);
  EXPECT_EQ(replace_file(folder_ / "missing/rules", "new").error().code, ENOENT);
}

TEST_F(File, IsReadUpToABound) {
  const auto endless = read_file("/dev/zero");
  ASSERT_FALSE(endless);
  EXPECT_EQ(endless.error().message, "cannot read \"/dev/zero\": it has more than 32 MiB");
  const auto less = read_file("/dev/zero", 1 << 20);
  ASSERT_FALSE(less);
  EXPECT_EQ(less.error().message, "cannot read \"/dev/zero\": it has more than 1 MiB");
}

}  // namespace
}  // namespace vsockfwd
