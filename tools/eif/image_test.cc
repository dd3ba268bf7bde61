// SPDX-License-Identifier: Apache-2.0
#include "eif/image.h"

#include <gmock/gmock.h>

#include "eif/test_image.h"

namespace vsockfwd::eif {
namespace {

using ::testing::HasSubstr;

// Where fields are in the file.
constexpr std::size_t version_at = 4;
constexpr std::size_t flags_at = 6;
constexpr std::size_t reserved_at = 24;
constexpr std::size_t count_at = 26;
constexpr std::size_t offsets_at = 28;
constexpr std::size_t sizes_at = offsets_at + 32 * 8;
constexpr std::size_t unused_at = sizes_at + 32 * 8;
constexpr std::size_t first_section_at = 548;

std::string small_file() {
  return write_image(test::small_image()).value();
}

/// A file with one byte changed, and a checksum that fits.
std::string changed(std::size_t place, char byte) {
  auto bytes = small_file();
  bytes.at(place) = byte;
  return test::repaired(std::move(bytes));
}

TEST(Image, IsReadAsItWasWritten) {
  const auto bytes = small_file();
  EXPECT_EQ(bytes.size(), 548U + 4 * 12 + 6 + 5 + 3 + 3);
  EXPECT_EQ(parse_image(bytes).value(), test::small_image());
}

TEST(Image, HasItsFieldsWhereTheFormatSays) {
  const auto bytes = small_file();
  EXPECT_EQ(bytes.substr(0, 8), std::string(".eif\0\4\0\0", 8));
  EXPECT_EQ(bytes.substr(8, 8), std::string("\0\0\0\0\x20\0\0\0", 8));
  EXPECT_EQ(bytes.substr(count_at, 2), std::string("\0\4", 2));
  EXPECT_EQ(bytes.substr(offsets_at, 8), std::string("\0\0\0\0\0\0\2\x24", 8));
  EXPECT_EQ(bytes.substr(sizes_at, 8), std::string("\0\0\0\0\0\0\0\6", 8));
  EXPECT_EQ(bytes.substr(first_section_at, 18), std::string("\0\1\0\0\0\0\0\0\0\0\0\6KERNEL", 18));
}

TEST(Image, IsRefusedIfMalformed) {
  const struct {
    std::string bytes;
    std::string_view message;
  } cases[] = {
      {"", "it begins with \"\""},
      {"\x7f"
       "ELF and more",
       "it begins with \"\\x7fELF\""},
      {".eif", "it ends after \"4\" bytes"},
      {changed(version_at + 1, 3), "it is of version \"3\""},
      {changed(flags_at + 1, 1), "it is for arm64"},
      {changed(flags_at, 1), "the header has \"0x100\" as flags"},
      {changed(reserved_at, 1), "as reserved number"},
      {changed(unused_at, 1), "as unused number"},
      {changed(count_at + 1, 33), "there are \"33\" sections"},
      {changed(count_at + 1, 3), "place of a section that is not there"},
      {changed(offsets_at + 7, 0x25), "section 0 is at byte \"549\""},
      {changed(sizes_at + 7, 7), "section 0 says that it has \"6\" bytes"},
      {changed(first_section_at + 1, 0), "section 0 is of type \"0\""},
      {changed(first_section_at + 1, 6), "section 0 is of type \"6\""},
      {changed(first_section_at + 3, 1), "section 0 has the flags \"0x1\""},
      {changed(first_section_at + 1, 2), "it has \"0\" sections of type kernel"},
      {small_file() + "x", "it goes on for \"1\" bytes"},
      {small_file().substr(0, small_file().size() - 1), "section 3 has \"3\" bytes"},
      {small_file().substr(0, small_file().size() - 10), "before section 3"},
  };
  for (const auto& [bytes, message] : cases) {
    const auto image = parse_image(bytes);
    ASSERT_FALSE(image) << message;
    EXPECT_THAT(image.error().message, HasSubstr(message));
    EXPECT_FALSE(image.error().hint.empty()) << message;
  }
}

TEST(Image, IsRefusedIfAnyByteWasDamaged) {
  const auto bytes = small_file();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    EXPECT_FALSE(parse_image(damaged)) << "byte " << i;
  }
  auto damaged = bytes;
  damaged.back() = 'x';
  EXPECT_THAT(parse_image(damaged).error().message, HasSubstr("its header has the checksum"));
}

TEST(Image, IsNotWrittenIfItCouldNotBeRead) {
  auto image = test::small_image();
  image.sections.push_back({SectionType::kernel, "again"});
  EXPECT_THAT(write_image(image).error().message, HasSubstr("\"2\" sections of type kernel"));

  image = test::small_image();
  image.sections.resize(2);
  EXPECT_THAT(write_image(image).error().message, HasSubstr("\"0\" sections of type ramdisk"));

  image = test::small_image();
  image.sections.resize(33, {SectionType::ramdisk, ""});
  EXPECT_THAT(write_image(image).error().message, HasSubstr("there are \"33\" sections"));
  image.sections.resize(32);
  EXPECT_EQ(parse_image(write_image(image).value()).value(), image);
}

}  // namespace
}  // namespace vsockfwd::eif
