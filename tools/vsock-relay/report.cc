// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "lib/metric.h"
#include "vsock-relay/counter_table.h"

namespace vsockfwd::relay {
namespace {

/// JSON whose keys stay in the order in which they were written.
using Json = nlohmann::ordered_json;

constexpr std::string_view running = "running";
constexpr std::string_view draining = "draining";

Json json_of(const PairStatus& pair) {
  Json json = {{"name", pair.name},     {"from", pair.from},       {"to", pair.to},
               {"active", pair.active}, {"waiting", pair.waiting}, {"at_limit", pair.at_limit}};
  for (const auto& [name, description, value] : counter_table) json[name] = pair.counters.*value;
  return json;
}

std::string metric_header(std::string_view name, std::string_view type, std::string_view help) {
  return vsockfwd::metric_header(fmt::format("vsock_relay_{}", name), type, help);
}

/// One metric with a value for each pair.
template <typename Value>
std::string pair_metric(const Report& report, std::string_view name, std::string_view type,
                        std::string_view help, Value value_of) {
  auto text = metric_header(name, type, help);
  for (const auto& pair : report.pairs) {
    text += fmt::format("vsock_relay_{}{{pair={}}} {}\n", name, metric_label(pair.name),
                        value_of(pair));
  }
  return text;
}

std::string program_gauge(std::string_view name, std::string_view help, std::int64_t value) {
  return fmt::format("{}vsock_relay_{} {}\n", metric_header(name, "gauge", help), name, value);
}

std::string describe(const Json& pair) {
  auto text = fmt::format("pair {:?}: {} -> {}\n", pair.at("name").get<std::string>(),
                          fmt::join(pair.at("from").get<std::vector<std::string>>(), ", "),
                          fmt::join(pair.at("to").get<std::vector<std::string>>(), ", "));
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

}  // namespace

std::string format_json(const Report& report) {
  Json json = {{"version", VSOCKFWD_VERSION},
               {"pid", ::getpid()},
               {"state", report.daemon.draining ? draining : running},
               {"uptime_seconds", report.daemon.uptime.count()},
               {"config_error", report.daemon.config_error},
               {"pairs", Json::array()}};
  for (const auto& pair : report.pairs) json["pairs"].push_back(json_of(pair));
  // Paths may hold bytes that are no UTF-8, which JSON cannot carry.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string format_metrics(const Report& report) {
  auto text =
      program_gauge("uptime_seconds", "Seconds since the start.", report.daemon.uptime.count()) +
      program_gauge("draining", "1 while the last connections come to their ends.",
                    report.daemon.draining ? 1 : 0) +
      program_gauge("config_error", "1 if the last reload failed.",
                    report.daemon.config_error.empty() ? 0 : 1);
  text += pair_metric(report, "active", "gauge", "Connections that are joined.",
                      [](const PairStatus& pair) { return pair.active; });
  text += pair_metric(report, "waiting", "gauge", "Connections that wait for their other side.",
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

Result<std::string> format_for_people(std::string_view json) try {
  const auto report = Json::parse(json);
  auto text =
      fmt::format("{} for {} s, version {}, process {}\n", report.at("state").get<std::string>(),
                  report.at("uptime_seconds").get<std::int64_t>(),
                  report.at("version").get<std::string>(), report.at("pid").get<int>());
  const auto error = report.at("config_error").get<std::string>();
  if (!error.empty()) text += fmt::format("the last reload failed: {}\n", error);
  for (const auto& pair : report.at("pairs")) text += describe(pair);
  return text;
} catch (const Json::exception& error) {
  return Failure(Error{fmt::format("the answer is no report: {}", error.what()),
                       "is this the control socket of vsock-relay?"});
}

}  // namespace vsockfwd::relay
