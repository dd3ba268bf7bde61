// SPDX-License-Identifier: GPL-2.0
#include "common/packet_text.h"

#include <gtest/gtest.h>

namespace vsockfwd::programs {
namespace {

using guest::PacketHeader;

constexpr PacketHeader header{
    .src = {.cid = 3, .port = 9000},
    .dst = {.cid = 0x100000010, .port = 0xffffffff},
    .length = 1,
    .type = 2,
    .op = VIRTIO_VSOCK_OP_RST,
    .flags = 3,
    .buf_alloc = 4,
    .fwd_cnt = 5,
};

TEST(PacketText, ShowsEveryField) {
  EXPECT_EQ(to_text(header),
            "op=RST src=3:9000 dst=4294967312:4294967295 type=2 len=1 flags=3 buf_alloc=4 "
            "fwd_cnt=5");
}

TEST(PacketText, ReadsWhatItWrites) {
  EXPECT_EQ(parse_packet(to_text(header), {}), header);
}

TEST(PacketText, KeepsTheDefaultsOfWhatIsNotSaid) {
  auto expected = header;
  expected.op = VIRTIO_VSOCK_OP_REQUEST;
  expected.dst = {.cid = 0x100000003, .port = 1};
  EXPECT_EQ(parse_packet("op=REQUEST,dst=0x100000003:1", header), expected);
  EXPECT_EQ(parse_packet("", header), header);
}

TEST(PacketText, TakesAnOperationByNumber) {
  const auto parsed = parse_packet("op=99", {});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->op, 99);
  EXPECT_TRUE(to_text(*parsed).starts_with("op=99 "));
}

TEST(PacketText, RefusesWhatItDoesNotUnderstand) {
  for (const auto* const text :
       {"op", "op=", "op=NONE", "color=red", "src=3", "src=3:", "src=:3", "src=3:9000x",
        "type=65536", "len=4294967296", "len=-1", ",op=1"}) {
    EXPECT_FALSE(parse_packet(text, {})) << text;
  }
}

}  // namespace
}  // namespace vsockfwd::programs
