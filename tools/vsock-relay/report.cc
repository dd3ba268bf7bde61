// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "lib/daemon_report.h"
#include "lib/metric.h"
#include "vsock-relay/counter_table.h"

namespace vsockfwd::relay {
namespace {

constexpr std::string_view prefix = "vsock_relay";

Json json_of(const PairStatus& pair) {
  Json json = {{"name", pair.name},        {"gone", pair.gone},
               {"from", pair.from},        {"to", pair.to},
               {"active", pair.active},    {"waiting", pair.waiting},
               {"at_limit", pair.at_limit}};
  for (const auto& [name, description, value] : counter_table) json[name] = pair.counters.*value;
  return json;
}

/// One metric with a value for each pair.
template <typename Value>
std::string pair_metric(const Report& report, std::string_view name, std::string_view type,
                        std::string_view help, Value value_of) {
  const auto full_name = fmt::format("{}_{}", prefix, name);
  auto text = metric_header(full_name, type, help);
  for (const auto& pair : report.pairs) {
    text += fmt::format("{}{{pair={}}} {}\n", full_name, metric_label(pair.name), value_of(pair));
  }
  return text;
}

std::string describe_pair(const Json& pair) {
  auto text = fmt::format("pair {:?}: {} -> {}{}\n", pair.at("name").get<std::string>(),
                          fmt::join(pair.at("from").get<std::vector<std::string>>(), ", "),
                          fmt::join(pair.at("to").get<std::vector<std::string>>(), ", "),
                          pair.value("gone", false) ? " (gone, its connections go on)" : "");
  text += fmt::format("  active {}, waiting {}{}\n", pair.at("active").get<std::uint64_t>(),
                      pair.at("waiting").get<std::uint64_t>(),
                      pair.at("at_limit").get<bool>() ? ", at a limit: more clients wait" : "");
  std::vector<std::string> counters;
  for (const auto& entry : counter_table) {
    counters.push_back(
        fmt::format("{} {}", entry.name, pair.at(std::string(entry.name)).get<std::uint64_t>()));
  }
  return text + fmt::format("  {}\n", fmt::join(counters, ", "));
}

std::string describe_pairs(const Json& report) {
  std::string text;
  for (const auto& pair : report.at("pairs")) text += describe_pair(pair);
  return text;
}

}  // namespace

std::string format_json(const Report& report) {
  auto json = json_of(report.daemon);
  auto& pairs = json["pairs"] = Json::array();
  for (const auto& pair : report.pairs) pairs.push_back(json_of(pair));
  return format_line(json);
}

std::string format_metrics(const Report& report) {
  auto text = vsockfwd::format_metrics(report.daemon, prefix);
  text += pair_metric(report, "active", "gauge", "Connections that are joined.",
                      [](const PairStatus& pair) { return pair.active; });
  text += pair_metric(report, "waiting", "gauge",
                      "Connections that wait for their other side, or for their peer's limit.",
                      [](const PairStatus& pair) { return pair.waiting; });
  text += pair_metric(report, "at_limit", "gauge", "1 if clients wait because of a limit.",
                      [](const PairStatus& pair) { return pair.at_limit ? 1 : 0; });
  for (const auto& entry : counter_table) {
    text +=
        pair_metric(report, fmt::format("{}_total", entry.name), "counter", entry.description,
                    [value = entry.value](const PairStatus& pair) { return pair.counters.*value; });
  }
  return text;
}

Result<std::string> format_for_people(std::string_view json) {
  return vsockfwd::format_for_people(json, "vsock-relay", describe_pairs);
}

}  // namespace vsockfwd::relay
