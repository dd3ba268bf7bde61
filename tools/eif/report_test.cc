// SPDX-License-Identifier: Apache-2.0
#include "eif/report.h"

#include <gmock/gmock.h>

#include "eif/test_image.h"

namespace vsockfwd::eif {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string file_with(std::string_view metadata) {
  auto image = test::small_image();
  image.sections.insert(image.sections.begin() + 2, {SectionType::metadata, metadata});
  return write_image(image).value();
}

TEST(Report, TellsProgramsAll) {
  const auto bytes = file_with(R"({"ImageName": "app"})");
  const auto description = describe("app.eif", bytes).value();
  const auto json = Json::parse(format_json(description));
  EXPECT_EQ(json["file"], "app.eif");
  EXPECT_EQ(json["version"], 4);
  EXPECT_EQ(json["memory"], 512 << 20);
  EXPECT_EQ(json["processors"], 1);
  EXPECT_EQ(json["cmdline"], "quiet");
  EXPECT_EQ(json["signed"], false);
  EXPECT_EQ(json["sections"].dump(),
            R"([{"type":"kernel","bytes":6},{"type":"cmdline","bytes":5},)"
            R"({"type":"metadata","bytes":20},{"type":"ramdisk","bytes":3},)"
            R"({"type":"ramdisk","bytes":3}])");
  EXPECT_EQ(json["measurements"]["pcr0"], description.measurements.image);
  EXPECT_EQ(json["measurements"]["pcr1"], description.measurements.bootstrap);
  EXPECT_EQ(json["measurements"]["pcr2"], description.measurements.application);
  EXPECT_FALSE(json["measurements"].contains("pcr8"));
  EXPECT_EQ(json["metadata"]["ImageName"], "app");
}

TEST(Report, TellsPeopleTheSame) {
  const auto bytes = file_with(R"({"ImageName": "app"})");
  const auto description = describe("app.eif", bytes).value();
  const auto text = format_for_people(description);
  EXPECT_THAT(text, HasSubstr("\"app.eif\": enclave image, version 4, CRC-32 "));
  EXPECT_THAT(text, HasSubstr("memory 512 MiB, processors 1"));
  EXPECT_THAT(text, HasSubstr("command line \"quiet\""));
  EXPECT_THAT(text, HasSubstr("  " + description.measurements.image));
  EXPECT_THAT(text, HasSubstr("\"ImageName\": \"app\""));
  EXPECT_THAT(text, Not(HasSubstr("signed")));
}

TEST(Report, LetsNoCommandLineMoveTheCursor) {
  auto image = test::small_image();
  image.sections[1].data = "a\x1b[2Jb\xff";
  const auto bytes = write_image(image).value();
  const auto text = format_for_people(describe("x", bytes).value());
  EXPECT_THAT(text, HasSubstr("command line \"a\\u001b[2Jb\xef\xbf\xbd\""));
}

TEST(Report, RefusesMetadataThatIsNone) {
  EXPECT_THAT(describe("x", file_with("app")).error().message, HasSubstr("invalid metadata"));
}

}  // namespace
}  // namespace vsockfwd::eif
