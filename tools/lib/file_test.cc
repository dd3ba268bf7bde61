// SPDX-License-Identifier: Apache-2.0
#include "lib/file.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <fstream>
#include <string>

namespace vsockfwd {
namespace {

std::string write_file(std::size_t size) {
  auto path = ::testing::TempDir() + "file_test." + std::to_string(size);
  std::ofstream(path) << std::string(size, 'x');
  return path;
}

TEST(ReadFile, ReadsAllOfIt) {
  for (const std::size_t size : {0U, 1U, 4097U, 1U << 20}) {
    EXPECT_EQ(read_file(write_file(size)).value(), std::string(size, 'x'));
  }
}

TEST(ReadFile, RefusesWhatIsTooLarge) {
  EXPECT_EQ(read_file(write_file((1 << 20) + 1)).error().code, EFBIG);
  EXPECT_EQ(read_file("/dev/zero").error().code, EFBIG);
}

TEST(ReadFile, QuotesWhatCannotBeRead) {
  const auto error = read_file("/nowhere/a\n").error();
  EXPECT_EQ(error.message, "cannot read \"/nowhere/a\\n\": No such file or directory");
  EXPECT_EQ(error.code, ENOENT);
  EXPECT_EQ(read_file("/").error().code, EISDIR);
}

}  // namespace
}  // namespace vsockfwd
