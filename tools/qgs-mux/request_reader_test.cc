// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/request_reader.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "qgs-mux/test_bytes.h"

namespace vsockfwd::qgs {
namespace {

using test::from_hex;
using test::quote_request;
using test::td_report;
using testing::HasSubstr;

/// Gives the reader what it wants, at most `piece` bytes at a time. Returns what it leaves.
std::string_view feed(RequestReader& reader, std::string_view bytes,
                      std::size_t piece = largest_request) {
  while (!bytes.empty() && reader.wanted() > 0) {
    const auto count = std::min({reader.wanted(), piece, bytes.size()});
    reader.take(bytes.substr(0, count));
    bytes.remove_prefix(count);
  }
  return bytes;
}

struct Refusal {
  std::optional<RequestKind> kind;
  ErrorCode code;
};

void expect_refused(const std::string& bytes, const Refusal& expected) {
  RequestReader reader;
  feed(reader, bytes);
  EXPECT_FALSE(reader.complete());
  ASSERT_TRUE(reader.malformed());
  EXPECT_EQ(reader.malformed()->kind, expected.kind);
  EXPECT_EQ(reader.malformed()->code, expected.code);
  EXPECT_FALSE(reader.malformed()->reason.empty());
}

TEST(RequestReader, TakesEveryKindHoweverItIsSplit) {
  const std::pair<RequestKind, std::string> requests[] = {
      {RequestKind::quote, quote_request()},
      {RequestKind::raw_quote, td_report()},
      {RequestKind::platform_info, from_hex("00000010 01000100 04000000 10000000 00000000")},
      {RequestKind::collateral,
       from_hex("0000001d 01000100 02000000 1d000000 00000000 03000000 02000000 a1a2a3 b1b2")},
      {RequestKind::migration_quote,
       from_hex("0000001f 01000100 06000000 1f000000 00000000 01000000 02000000 00000000 a1 b1b2")},
  };
  for (const auto& [kind, bytes] : requests) {
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
      RequestReader reader;
      EXPECT_EQ(feed(reader, bytes, piece), "");
      ASSERT_TRUE(reader.complete()) << name_of(kind) << " in pieces of " << piece;
      const auto request = reader.release();
      EXPECT_EQ(request.kind, kind);
      EXPECT_EQ(request.bytes, bytes);
    }
  }
}

TEST(RequestReader, LeavesTheNextRequestAlone) {
  const auto both = quote_request() + td_report();
  RequestReader reader;
  const auto rest = feed(reader, both);
  EXPECT_EQ(reader.release().bytes, quote_request());
  EXPECT_FALSE(reader.begun());
  EXPECT_EQ(feed(reader, rest), "");
  EXPECT_EQ(reader.release().kind, RequestKind::raw_quote);
}

TEST(RequestReader, WantsNoMoreThanItKnowsToCome) {
  RequestReader reader;
  EXPECT_EQ(reader.wanted(), 4U);
  feed(reader, quote_request().substr(0, 4));
  EXPECT_EQ(reader.wanted(), 16U);
  feed(reader, quote_request().substr(4, 16));
  EXPECT_EQ(reader.wanted(), 1032U);
}

TEST(RequestReader, RefusesAFrameTooShortForAMessage) {
  expect_refused(from_hex("00000000"), {std::nullopt, ErrorCode::invalid_size});
  expect_refused(from_hex("0000000f"), {std::nullopt, ErrorCode::invalid_size});
}

TEST(RequestReader, RefusesSizesBeforeItTakesMemory) {
  expect_refused(from_hex("7fffffff 01000100 00000000 ffffff7f 00000000"),
                 {RequestKind::quote, ErrorCode::invalid_size});
  expect_refused(from_hex("00003ffd 01000100 00000000 fd3f0000 00000000"),
                 {RequestKind::quote, ErrorCode::invalid_size});
}

TEST(RequestReader, RefusesAMessageUnlikeItsFrame) {
  expect_refused(from_hex("00000418 01000100 00000000 17040000 00000000"),
                 {RequestKind::quote, ErrorCode::invalid_size});
}

TEST(RequestReader, RefusesAMessageTooShortForItsType) {
  expect_refused(from_hex("00000017 01000100 02000000 17000000 00000000"),
                 {RequestKind::collateral, ErrorCode::invalid_size});
}

TEST(RequestReader, RefusesPartsThatDoNotMakeTheMessage) {
  expect_refused(from_hex("00000019 01000100 00000000 19000000 00000000 00000000 00000000 aa"),
                 {RequestKind::quote, ErrorCode::invalid_size});
  // In 32 bits, the sum would be right.
  expect_refused(from_hex("00000018 01000100 00000000 18000000 00000000 ffffffff 01000000"),
                 {RequestKind::quote, ErrorCode::invalid_size});
}

TEST(RequestReader, RefusesOtherVersionsAndTypes) {
  expect_refused(from_hex("00000418 02000100 00000000 18040000 00000000"),
                 {RequestKind::quote, ErrorCode::invalid_version});
  expect_refused(from_hex("00000418 01000100 01000000 18040000 00000000"),
                 {std::nullopt, ErrorCode::invalid_type});
  expect_refused(from_hex("00000418 01000100 07000000 18040000 00000000"),
                 {std::nullopt, ErrorCode::invalid_type});
}

TEST(RequestReader, GarbageIsRefused) {
  RequestReader reader;
  feed(reader, "GET / HTTP/1.1\r\nHost: qgs\r\n\r\n");
  ASSERT_TRUE(reader.malformed());
  EXPECT_EQ(reader.malformed()->kind, std::nullopt);
  EXPECT_THAT(reader.malformed()->reason, HasSubstr("version"));
}

}  // namespace
}  // namespace vsockfwd::qgs
