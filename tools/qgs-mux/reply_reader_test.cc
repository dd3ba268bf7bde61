// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/reply_reader.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "qgs-mux/test_bytes.h"

namespace vsockfwd::qgs {
namespace {

using test::from_hex;
using test::quote_reply;
using testing::HasSubstr;

void feed(ReplyReader& reader, std::string_view bytes, std::size_t piece = largest_reply) {
  while (!bytes.empty() && reader.wanted() > 0) {
    const auto count = std::min({reader.wanted(), piece, bytes.size()});
    reader.take(bytes.substr(0, count));
    bytes.remove_prefix(count);
  }
}

std::string failure_of(RequestKind kind, const std::string& bytes) {
  ReplyReader reader(kind);
  feed(reader, bytes);
  EXPECT_FALSE(reader.complete());
  return reader.failure().value_or("");
}

TEST(ReplyReader, TakesAReplyHoweverItIsSplit) {
  for (std::size_t piece = 1; piece <= quote_reply().size(); ++piece) {
    ReplyReader reader(RequestKind::quote);
    feed(reader, quote_reply(), piece);
    ASSERT_TRUE(reader.complete()) << piece;
    EXPECT_EQ(reader.error(), ErrorCode::none);
    EXPECT_EQ(reader.release(), quote_reply());
  }
}

TEST(ReplyReader, TakesErrorRepliesOfEachKind) {
  for (const auto kind : {RequestKind::quote, RequestKind::collateral, RequestKind::platform_info,
                          RequestKind::migration_quote}) {
    ReplyReader reader(kind);
    feed(reader, error_reply(kind, ErrorCode::out_of_memory));
    ASSERT_TRUE(reader.complete()) << name_of(kind);
    EXPECT_EQ(reader.error(), ErrorCode::out_of_memory);
  }
}

TEST(ReplyReader, AFramedReplyIsCompleteOrNothing) {
  ReplyReader reader(RequestKind::quote);
  feed(reader, quote_reply().substr(0, quote_reply().size() - 1));
  EXPECT_FALSE(reader.complete());
  reader.end();
  EXPECT_FALSE(reader.complete());
  EXPECT_EQ(reader.failure(), "closed after 31 bytes of the reply");
}

TEST(ReplyReader, ABareQuoteEndsWithTheConnection) {
  ReplyReader reader(RequestKind::raw_quote);
  feed(reader, "quote");
  EXPECT_FALSE(reader.complete());
  reader.end();
  ASSERT_TRUE(reader.complete());
  EXPECT_EQ(reader.release(), "quote");
}

TEST(ReplyReader, AnEndWithoutAByteIsAFailure) {
  for (const auto kind : {RequestKind::quote, RequestKind::raw_quote}) {
    ReplyReader reader(kind);
    reader.end();
    EXPECT_FALSE(reader.complete());
    EXPECT_EQ(reader.failure(), "closed without a reply");
  }
}

TEST(ReplyReader, RefusesWhatDoesNotFit) {
  EXPECT_THAT(failure_of(RequestKind::platform_info, quote_reply()), HasSubstr("type 1"));
  EXPECT_THAT(
      failure_of(RequestKind::quote, from_hex("7fffffff 01000100 01000000 ffffff7f 00000000")),
      HasSubstr("bytes in a frame"));
  EXPECT_THAT(
      failure_of(RequestKind::quote, from_hex("00000017 01000100 01000000 17000000 00000000")),
      HasSubstr("too short"));
  EXPECT_THAT(
      failure_of(
          RequestKind::quote,
          from_hex("0000001c 01000100 01000000 1c000000 00000000 00000000 05000000 aabbccdd")),
      HasSubstr("parts"));
  EXPECT_THAT(failure_of(RequestKind::raw_quote, std::string(largest_raw_quote + 1, 'q')),
              HasSubstr("65536"));
}

}  // namespace
}  // namespace vsockfwd::qgs
