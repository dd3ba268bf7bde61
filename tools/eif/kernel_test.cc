// SPDX-License-Identifier: Apache-2.0
#include "eif/kernel.h"

#include <gmock/gmock.h>

#include "eif/test_image.h"

namespace vsockfwd::eif {
namespace {

using ::testing::HasSubstr;

TEST(Kernel, IsFineWithACommandLineThatFits) {
  EXPECT_TRUE(check_kernel(test::small_kernel(), ""));
  EXPECT_TRUE(check_kernel(test::small_kernel(), std::string(255, 'x')));
}

TEST(Kernel, IsRefusedIfItCannotBoot) {
  const struct {
    std::string kernel;
    std::string cmdline;
    std::string_view message;
  } cases[] = {
      {"", "", "the kernel, of \"0\" bytes, is no bzImage"},
      {test::small_kernel().substr(0, 0x23b), "", "is no bzImage"},
      {std::string(0x23c, 'x'), "", "is no bzImage"},
      {test::small_kernel(), std::string(256, 'x'), "the command line has \"256\" bytes"},
      {test::small_kernel(), std::string("a\0b", 3), "ends at byte \"1\""},
  };
  for (const auto& [kernel, cmdline, message] : cases) {
    const auto fine = check_kernel(kernel, cmdline);
    ASSERT_FALSE(fine) << message;
    EXPECT_THAT(fine.error().message, HasSubstr(message));
    EXPECT_FALSE(fine.error().hint.empty());
  }
}

}  // namespace
}  // namespace vsockfwd::eif
