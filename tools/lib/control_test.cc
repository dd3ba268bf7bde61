// SPDX-License-Identifier: Apache-2.0
#include "lib/control.h"

#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <string_view>

namespace vsockfwd {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string sample() {
  return "the report\n";
}

TEST(AnswerControl, KnowsOneRequest) {
  EXPECT_EQ(answer_control("", sample), std::nullopt);
  EXPECT_EQ(answer_control("status", sample), std::nullopt);
  EXPECT_EQ(answer_control("status\n", sample), sample());
  EXPECT_EQ(answer_control("status\nx", sample), "{\"error\":\"the only request is: status\"}\n");
  EXPECT_EQ(answer_control("\n", sample), "{\"error\":\"the only request is: status\"}\n");
}

TEST(AnswerMetrics, SpeaksEnoughHttp) {
  const auto ask = [](const std::string& line) {
    return answer_metrics(line + "\r\nHost: x\r\n\r\n", sample).value_or("");
  };
  EXPECT_EQ(answer_metrics("GET /metrics HTTP/1.1\r\n", sample), std::nullopt);
  const auto body = sample();
  for (const auto* const target : {"/metrics", "/metrics?x=y"}) {
    EXPECT_EQ(ask(std::string("GET ") + target + " HTTP/1.1"),
              "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
                  "\r\nConnection: close\r\n"
                  "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n\r\n" +
                  body);
  }
  for (const auto* const line :
       {"GET / HTTP/1.1", "GET", "GET ", "GET  /metrics", "GET /metricsx"}) {
    const bool is_get = std::string_view(line).starts_with("GET ");
    EXPECT_THAT(ask(line), StartsWith(is_get ? "HTTP/1.1 404 " : "HTTP/1.1 405 ")) << line;
  }
  EXPECT_THAT(ask("POST /metrics HTTP/1.1"), HasSubstr("\r\nAllow: GET\r\n"));
}

}  // namespace
}  // namespace vsockfwd
