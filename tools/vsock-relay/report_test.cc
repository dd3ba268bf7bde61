// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/report.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <string>

#include "vsock-relay/counter_table.h"

namespace vsockfwd::relay {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::chrono_literals;

Report sample() {
  PairStatus pair;
  pair.name = "kms";
  pair.from = {"vsock:any:8000"};
  pair.to = {"tcp:a:1", "tcp:b:2"};
  pair.active = 3;
  pair.waiting = 4;
  pair.at_limit = true;
  pair.counters.accepted = 18446744073709551615U;
  pair.counters.bytes_back = 7;
  return {{61s, true, "x.toml:1:1: no"}, {pair}};
}

TEST(FormatJson, HasEverything) {
  const auto text = format_json(sample());
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["state"], "draining");
  EXPECT_EQ(json["uptime_seconds"], 61);
  EXPECT_EQ(json["config_error"], "x.toml:1:1: no");
  const auto& pair = json["pairs"][0];
  EXPECT_EQ(pair["name"], "kms");
  EXPECT_EQ(pair["gone"], false);
  EXPECT_EQ(pair["to"][1], "tcp:b:2");
  EXPECT_EQ(pair["active"], 3);
  EXPECT_EQ(pair["waiting"], 4);
  EXPECT_EQ(pair["at_limit"], true);
  EXPECT_EQ(pair["accepted"], 18446744073709551615U);
  for (const auto& entry : counter_table) EXPECT_TRUE(pair.contains(entry.name)) << entry.name;
}

TEST(FormatJson, SurvivesPathsThatAreNoText) {
  auto report = sample();
  report.pairs[0].from = {"unix:/\xff"};
  EXPECT_TRUE(nlohmann::json::accept(format_json(report)));
}

TEST(FormatForPeople, TellsThatAPairIsGone) {
  auto report = sample();
  report.pairs[0].gone = true;
  EXPECT_THAT(format_for_people(format_json(report)).value(),
              HasSubstr("tcp:b:2 (gone, its connections go on)\n"));
}

TEST(FormatForPeople, TellsTheSame) {
  const auto text = format_for_people(format_json(sample())).value();
  EXPECT_THAT(text, StartsWith("draining for 61 s, version "));
  EXPECT_THAT(text, HasSubstr("the last reload failed: x.toml:1:1: no\n"));
  EXPECT_THAT(text, HasSubstr("pair \"kms\": vsock:any:8000 -> tcp:a:1, tcp:b:2\n"));
  EXPECT_THAT(text, HasSubstr("active 3, waiting 4, at a limit: more clients wait\n"));
  EXPECT_THAT(text, HasSubstr("accepted 18446744073709551615, "));
  for (const auto& entry : counter_table) EXPECT_THAT(text, HasSubstr(entry.name));
}

TEST(FormatForPeople, RefusesWhatIsNoReport) {
  for (const auto* const json : {"", "[]", "{}", "x", "{\"state\":1}", "{\"error\":\"no\"}"}) {
    EXPECT_THAT(format_for_people(json).error().message, StartsWith("the answer is no report: "));
  }
}

TEST(FormatMetrics, DescribesEachMetricOnce) {
  auto report = sample();
  report.pairs.push_back(report.pairs[0]);
  report.pairs[1].name = "a\\\"\nb";
  const auto text = format_metrics(report);
  EXPECT_THAT(text, HasSubstr("# HELP vsock_relay_accepted_total Connections that came in.\n"
                              "# TYPE vsock_relay_accepted_total counter\n"
                              "vsock_relay_accepted_total{pair=\"kms\"} 18446744073709551615\n"
                              "vsock_relay_accepted_total{pair=\"a\\\\\\\"\\nb\"} "
                              "18446744073709551615\n"));
  EXPECT_THAT(text, HasSubstr("vsock_relay_at_limit{pair=\"kms\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("vsock_relay_draining 1\n"));
  EXPECT_THAT(text, HasSubstr("vsock_relay_config_error 1\n"));
  EXPECT_EQ(text.back(), '\n');
}

}  // namespace
}  // namespace vsockfwd::relay
