// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/message.h"

#include <gmock/gmock.h>

#include "qgs-mux/test_bytes.h"

namespace vsockfwd::qgs {
namespace {

using test::from_hex;
using testing::HasSubstr;

// Each is written out byte by byte: a frame's length is big-endian, the message little-endian.

TEST(Message, AsksForPlatformInfo) {
  EXPECT_EQ(platform_info_request(), from_hex("00000010 0100 0100 04000000 10000000 00000000"));
}

TEST(Message, ErrorReplyToQuoteRequestIsItsFixedPart) {
  const auto reply = from_hex("00000018 0100 0100 01000000 18000000 01200100 00000000 00000000");
  EXPECT_EQ(error_reply(RequestKind::quote, ErrorCode::unexpected), reply);
  EXPECT_EQ(error_reply(RequestKind::migration_quote, ErrorCode::unexpected), reply);
}

TEST(Message, ErrorReplyToCollateralRequestIsItsFixedPart) {
  EXPECT_EQ(error_reply(RequestKind::collateral, ErrorCode::invalid_size),
            from_hex("00000030 0100 0100 03000000 30000000 06200100 0000 0000"
                     "00000000 00000000 00000000 00000000 00000000 00000000 00000000"));
}

TEST(Message, ErrorReplyToPlatformInfoRequestIsItsFixedPart) {
  EXPECT_EQ(error_reply(RequestKind::platform_info, ErrorCode::out_of_memory),
            from_hex("0000001c 0100 0100 05000000 1c000000 02200100 0000 0000 00000000 00000000"));
}

TEST(Message, RawClientsGetNoErrorReply) {
  EXPECT_EQ(error_reply(RequestKind::raw_quote, ErrorCode::unexpected), "");
}

TEST(Message, ErrorsHaveWords) {
  EXPECT_EQ(describe(ErrorCode::out_of_memory), "0x12002: out of memory");
  EXPECT_EQ(describe(ErrorCode{0x77}), "0x77: a code that is not documented");
}

TEST(Message, NumbersAreUnsigned) {
  EXPECT_EQ(read_u32(from_hex("fffefdfc"), 0), 0xfcfdfeffU);
  EXPECT_EQ(read_length(from_hex("fffefdfc")), 0xfffefdfcU);
}

TEST(Message, ReadsPlatformInfo) {
  const auto info =
      parse_platform_info(from_hex("00000021 0100 0100 05000000 21000000 00000000"
                                   "0400 0d00 02000000 03000000 aabb 010203"));
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->tdqe_isvsvn, 4);
  EXPECT_EQ(info->pce_isvsvn, 13);
  EXPECT_EQ(info->platform_id, from_hex("aabb"));
  EXPECT_EQ(info->cpusvn, from_hex("010203"));
}

TEST(Message, PlatformInfoIsRefusedInWords) {
  const auto failed =
      parse_platform_info(error_reply(RequestKind::platform_info, ErrorCode::out_of_memory));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "QGS answered 0x12002: out of memory");
  EXPECT_FALSE(parse_platform_info(""));
  EXPECT_FALSE(parse_platform_info(error_reply(RequestKind::quote, ErrorCode::none)));
  // The sizes of the parts add up to more than 32 bits can hold.
  const auto lying = parse_platform_info(
      from_hex("0000001c 0100 0100 05000000 1c000000 00000000 0000 0000 ffffffff 01000000"));
  ASSERT_FALSE(lying);
  EXPECT_THAT(lying.error().message, HasSubstr("sizes"));
}

}  // namespace
}  // namespace vsockfwd::qgs
