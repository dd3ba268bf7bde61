// SPDX-License-Identifier: Apache-2.0
#include "lib/port.h"

#include <gmock/gmock.h>

#include <string>

namespace vsockfwd {
namespace {

using ::testing::HasSubstr;

TEST(ParsePort, ReadsWhatAProgramCanListenAt) {
  EXPECT_EQ(parse_port("1"), 1U);
  EXPECT_EQ(parse_port("0x2328"), 9000U);
  EXPECT_EQ(parse_port("4294967294"), 4294967294U);
  for (const auto* const word : {"0", "4294967295", "0xffffffff"}) {
    const auto port = parse_port(word);
    ASSERT_FALSE(port) << word;
    EXPECT_THAT(port.error().message, HasSubstr("no program can listen there"));
    EXPECT_EQ(port.error().hint,
              "give a number from 1 to 4294967294, in decimal or with 0x in hexadecimal");
  }
  EXPECT_EQ(parse_port("4294967296").error().message,
            "invalid port \"4294967296\": the number is too large");
}

TEST(ParsePorts, ReadsOnePortAndARange) {
  EXPECT_EQ(parse_ports("9000"), (PortRange{9000, 9000}));
  EXPECT_EQ(parse_ports("9000-9010"), (PortRange{9000, 9010}));
  EXPECT_EQ(parse_ports("0x10-17"), (PortRange{16, 17}));
  EXPECT_EQ(parse_ports("9000-9000"), (PortRange{9000, 9000}));
  EXPECT_EQ(parse_ports("1-4294967294"), (PortRange{first_port, last_port}));
}

TEST(ParsePorts, RefusesWhatIsNoRange) {
  for (const std::string word : {"", "-", "-1", "1-", "-1-2", "1--2", "1-2-3", "1 - 2", "all", "0",
                                 "0-5", "1-4294967295", "5,6", "1:2", "\xff-\xff"}) {
    EXPECT_FALSE(parse_ports(word)) << word;
  }
  const auto backwards = parse_ports("9010-9000");
  ASSERT_FALSE(backwards);
  EXPECT_EQ(backwards.error().message, "invalid ports \"9010-9000\": the first is above the last");
  EXPECT_EQ(backwards.error().hint, "give the lower port first: 9000-9010");
}

TEST(PortsFrom, HoldsAsManyPortsAsTheRange) {
  EXPECT_EQ(ports_from(19000, {9000, 9010}), (PortRange{19000, 19010}));
  EXPECT_EQ(ports_from(4294967294, {9000, 9000}), (PortRange{4294967294, 4294967294}));
  EXPECT_EQ(ports_from(1, {first_port, last_port}), (PortRange{first_port, last_port}));
  const auto beyond = ports_from(4294967290, {9000, 9010});
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().message,
            "invalid port \"4294967290\": the ports 9000-9010 do not fit behind it");
  EXPECT_EQ(beyond.error().hint, "give a number from 1 to 4294967284");
}

TEST(FormatPorts, ShowsWhatCanBeReadAgain) {
  for (const auto ports : {PortRange{9000, 9000}, PortRange{1, 4294967294}}) {
    EXPECT_EQ(parse_ports(format_ports(ports)), ports);
  }
  EXPECT_EQ(format_ports(every_port), "all");
}

TEST(PortRange, OverlapsAndContains) {
  const PortRange middle = {10, 20};
  EXPECT_TRUE(contains(every_port, middle));
  EXPECT_FALSE(contains(middle, every_port));
  EXPECT_TRUE(contains(middle, middle));
  EXPECT_TRUE(contains(middle, {10, 10}));
  EXPECT_FALSE(contains(middle, {20, 21}));
  EXPECT_TRUE(overlap(every_port, {4294967294, 4294967294}));
  EXPECT_TRUE(overlap(middle, {20, 21}));
  EXPECT_TRUE(overlap({1, 10}, middle));
  EXPECT_FALSE(overlap(middle, {21, 21}));
  EXPECT_FALSE(overlap({1, 9}, middle));
}

}  // namespace
}  // namespace vsockfwd
