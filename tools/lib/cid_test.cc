// SPDX-License-Identifier: Apache-2.0
#include "lib/cid.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace vsockfwd {
namespace {

using ::testing::HasSubstr;

/// Numbers around which a parser may go wrong, and many others.
std::vector<Cid> many_cids() {
  std::vector<Cid> cids = {0,          1,          2,          3,          9,
                           10,         0x7fffffff, 0x80000000, 0xfffffffd, 0xfffffffe,
                           0xffffffff, 999999999,  1000000000};
  std::mt19937 random(1);
  for (int i = 0; i < 10000; ++i) cids.push_back(static_cast<Cid>(random() >> (random() % 32)));
  return cids;
}

TEST(ParseCid, ReadsEveryNumberInEveryNotation) {
  for (const Cid cid : many_cids()) {
    for (const auto* const notation : {"{}", "{:012}", "{:#x}", "{:#X}", "{:#012x}"}) {
      const auto word = fmt::format(fmt::runtime(notation), cid);
      const auto parsed = parse_cid(word);
      ASSERT_TRUE(parsed) << word << ": " << parsed.error().message;
      EXPECT_EQ(*parsed, cid) << word;
    }
  }
}

TEST(ParseCid, ReadsNames) {
  EXPECT_EQ(parse_cid("hypervisor"), 0U);
  EXPECT_EQ(parse_cid("local"), 1U);
  EXPECT_EQ(parse_cid("host"), 2U);
  EXPECT_EQ(parse_cid("parent"), 3U);
  EXPECT_EQ(parse_cid("any"), 0xffffffffU);
}

TEST(ParseCid, RefusesWhatIsNoNumber) {
  for (const std::string word :
       {"",    " ",     "x",    "0x",   "0X",    "-1",   "+1",   "-0",
        " 1",  "1 ",    "1x",   "0x1g", "0x-1",  "0x 1", "1.0",  "1e3",
        "0b1", "0x0x1", "Host", "hos",  "hostt", "1\n",  "\xff", "0xfffffffff "}) {
    const auto parsed = parse_cid(word);
    ASSERT_FALSE(parsed) << word;
    EXPECT_THAT(parsed.error().message, HasSubstr("not a number"));
    EXPECT_THAT(parsed.error().hint, HasSubstr("from 0 to 4294967295"));
  }
  EXPECT_FALSE(parse_cid(std::string_view("1\0", 2)));
}

TEST(ParseCid, RefusesEveryNumberBeyond32Bits) {
  std::mt19937_64 random(1);
  std::vector<std::uint64_t> numbers = {0x100000000, 0x100000001, UINT64_MAX};
  for (int i = 0; i < 1000; ++i) numbers.push_back(random() | 0x100000000);
  for (const auto number : numbers) {
    for (const auto* const notation : {"{}", "{:#x}", "{}{:021}"}) {
      const auto word = fmt::format(fmt::runtime(notation), number, number);
      const auto parsed = parse_cid(word);
      ASSERT_FALSE(parsed) << word;
      EXPECT_EQ(parsed.error().message,
                fmt::format("invalid CID \"{}\": the number is too large", word));
    }
  }
}

TEST(ParseGuestCid, AcceptsExactlyWhatAGuestCanHave) {
  for (const Cid cid : many_cids()) {
    EXPECT_EQ(parse_guest_cid(std::to_string(cid)).has_value(), cid >= 3 && cid <= 4294967294)
        << cid;
  }
}

TEST(ParseGuestCid, SaysWhatASpecialCidStandsFor) {
  EXPECT_EQ(parse_guest_cid("0").error().message,
            "invalid guest \"0\": CID 0 stands for the hypervisor, so no guest can have it");
  EXPECT_EQ(parse_guest_cid("local").error().message,
            "invalid guest \"local\": CID 1 stands for local communication inside one machine, so "
            "no guest can have it");
  EXPECT_EQ(parse_guest_cid("host").error().message,
            "invalid guest \"host\": CID 2 stands for the host, so no guest can have it");
  EXPECT_EQ(parse_guest_cid("any").error().message,
            "invalid guest \"any\": CID 4294967295 stands for any address, so no guest can have "
            "it");
  EXPECT_EQ(parse_guest_cid("0").error().hint, "give a number from 3 to 4294967294");
}

TEST(ParseGuestCid, QuotesWhatATerminalWouldAct) {
  EXPECT_THAT(parse_guest_cid("\x1b[2J").error().message, HasSubstr("\"\\x1b[2J\""));
}

TEST(ParseFromCid, RefusesTheGuestItself) {
  EXPECT_EQ(parse_from_cid("parent", 16), 3U);
  EXPECT_EQ(parse_from_cid("17", 16), 17U);
  EXPECT_EQ(parse_from_cid("0x10", 16).error().message,
            "invalid from \"0x10\": this is the guest's own CID");
  EXPECT_FALSE(parse_from_cid("host", 16));
  EXPECT_FALSE(parse_from_cid("nobody", 16));
}

TEST(ParseAliasCid, RefusesWhatIsTheHostsAnyway) {
  EXPECT_EQ(parse_alias_cid("parent"), 3U);
  EXPECT_EQ(parse_alias_cid("2").error().message,
            "invalid alias \"2\": CID 2 stands for the host, so no guest can have it");
}

TEST(ParseTargetCid, AcceptsTheHostAndOtherGuests) {
  EXPECT_EQ(parse_target_cid("host", 16), 2U);
  EXPECT_EQ(parse_target_cid("2", 16), 2U);
  EXPECT_EQ(parse_target_cid("3", 16), 3U);
  EXPECT_EQ(parse_target_cid("4294967294", 16), 4294967294U);
}

TEST(ParseTargetCid, SaysWhyTheOthersCannotBeReached) {
  EXPECT_EQ(parse_target_cid("local", 16).error().message,
            "invalid target \"local\": packets to CID 1 never leave the machine that they start "
            "on");
  EXPECT_EQ(parse_target_cid("hypervisor", 16).error().message,
            "invalid target \"hypervisor\": CID 0 stands for the hypervisor and is no target");
  EXPECT_EQ(parse_target_cid("any", 16).error().message,
            "invalid target \"any\": CID 4294967295 stands for any address and is no target");
  EXPECT_EQ(parse_target_cid("any", 16).error().hint, "give \"host\", or the CID of another guest");
}

TEST(ParseTargetCid, RefusesTheGuestItself) {
  EXPECT_EQ(parse_target_cid("0x10", 16).error().message,
            "invalid target \"0x10\": this is the guest itself");
}

TEST(FormatCid, NamesTheHostOnly) {
  EXPECT_EQ(format_cid(2), "host");
  EXPECT_EQ(format_cid(3), "3");
  EXPECT_EQ(format_cid(4294967294), "4294967294");
}

}  // namespace
}  // namespace vsockfwd
