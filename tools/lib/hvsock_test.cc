// SPDX-License-Identifier: Apache-2.0
#include "lib/hvsock.h"

#include <gtest/gtest.h>

#include <string>

namespace vsockfwd {
namespace {

TEST(Hvsock, AsksForAPortInOneShortLine) {
  EXPECT_EQ(hvsock_request(52), "CONNECT 52\n");
  EXPECT_LE(hvsock_request(0xffffffff).size(), max_hvsock_line);
}

TEST(Hvsock, FindsTheAnswerAndLeavesTheRest) {
  const auto answer = parse_hvsock_answer("OK 1073741824\nOK 7\n");
  ASSERT_TRUE(answer && *answer);
  EXPECT_EQ((*answer)->length, 14U);
  EXPECT_EQ((*answer)->host_port, 1073741824U);
}

TEST(Hvsock, WaitsForTheRestOfEveryPrefix) {
  const std::string answer = "OK 4294967295\n";
  for (std::size_t length = 0; length < answer.size(); ++length) {
    const auto parsed = parse_hvsock_answer(answer.substr(0, length));
    ASSERT_TRUE(parsed) << length;
    EXPECT_FALSE(*parsed) << length;
  }
}

TEST(Hvsock, RefusesEverythingElse) {
  for (const std::string answer :
       {"\n", "K", "OK\n", "OK \n", "OK x\n", "OK -1\n", "OK 1 \n", "OK 4294967296\n", "ok 1\n",
        "OK  1\n", "HTTP/1.1 400 Bad Request\r\n", "OK 11111111111111111111111111111"}) {
    const auto parsed = parse_hvsock_answer(answer);
    EXPECT_FALSE(parsed) << answer;
  }
}

TEST(Hvsock, QuotesWhatItRefuses) {
  const auto parsed = parse_hvsock_answer("ERROR\n");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message, "the VMM answered \"ERROR\\n\", expected \"OK PORT\"");
}

}  // namespace
}  // namespace vsockfwd
