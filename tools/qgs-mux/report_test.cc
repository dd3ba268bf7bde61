// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/report.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace vsockfwd::qgs {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

Report sample() {
  Report report;
  report.daemon = {61s, true, "x.toml:1:1: no"};
  report.mux.services = {{"unix:/q", false, "gone", 1, 4, {10, 2, 3, 4, 5}}};
  report.mux.listeners = {"vsock:any:4050"};
  report.mux.watches = {{"/run/kata/{guest}/s", 7, 6}};
  report.mux.guests = {{"a\"b\xff", 2, 3, {9, 8, 7, 6, 5}}};
  report.mux.total = {99, 88, 77, 66, 55};
  report.mux.connections = 12;
  report.mux.queued = 13;
  report.mux.turned_away = 14;
  return report;
}

TEST(FormatJson, HasEverything) {
  const auto json = nlohmann::json::parse(format_json(sample()));
  EXPECT_EQ(json["state"], "draining");
  EXPECT_EQ(json["uptime_seconds"], 61);
  EXPECT_EQ(json["config_error"], "x.toml:1:1: no");
  EXPECT_EQ(json["queued"], 13);
  const auto& service = json["services"][0];
  EXPECT_EQ(service["up"], false);
  EXPECT_EQ(service["trouble"], "gone");
  EXPECT_EQ(service["timed_out"], 5);
  EXPECT_EQ(json["watches"][0]["open"], 6);
  EXPECT_EQ(json["guests"][0]["malformed"], 5);
}

TEST(FormatForPeople, TellsTheSame) {
  const auto text = format_for_people(format_json(sample())).value();
  EXPECT_THAT(text, StartsWith("draining for 61 s, version "));
  EXPECT_THAT(text, HasSubstr("the last reload failed: x.toml:1:1: no\n"));
  EXPECT_THAT(text, HasSubstr("\"unix:/q\": busy 1, threads 4, answered 10, errors 2, "));
  EXPECT_THAT(text, HasSubstr("down: gone\n"));
  EXPECT_THAT(text, HasSubstr("guests 7, open 6\n"));
  EXPECT_THAT(text, HasSubstr("connections 2, queued 3, requests 9, answered 8, "));
}

TEST(FormatForPeople, RefusesWhatIsNoReport) {
  for (const auto* const json : {"", "[]", "{}", "x", "{\"state\":1}"}) {
    EXPECT_THAT(format_for_people(json).error().message, StartsWith("the answer is no report: "));
  }
}

TEST(FormatMetrics, CountsAllGuestsThereEverWere) {
  const auto text = format_metrics(sample());
  EXPECT_THAT(text,
              HasSubstr("# TYPE qgs_mux_answered_total counter\nqgs_mux_answered_total 88\n"));
  EXPECT_THAT(text, HasSubstr("qgs_mux_service_up{service=\"unix:/q\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("qgs_mux_service_broken_total{service=\"unix:/q\"} 3\n"));
}

}  // namespace
}  // namespace vsockfwd::qgs
