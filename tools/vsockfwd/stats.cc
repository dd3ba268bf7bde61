// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/stats.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

#include "vsockfwd/guest_filter.h"
#include "vsockfwd/module.h"
#include "vsockfwd/report_form.h"
#include "vsockfwd/rule_form.h"

namespace vsockfwd {
namespace {

using Reports = std::vector<RuleReport>;

Json json_of(const Reports& reports) {
  auto list = Json::array();
  for (const auto& report : reports) list.push_back(json_of(report));
  return list;
}

/// The reasons for which packets were dropped, and how many.
std::string format_drops(const RuleStats& stats) {
  std::vector<std::string> drops;
  for (std::uint32_t reason = 1; reason < stats.drops.size(); ++reason) {
    if (const auto count = stats.drops.at(reason); count != 0) {
      drops.push_back(fmt::format("{} {}", count, drop_name(reason)));
    }
  }
  return drops.empty() ? "none" : fmt::format("{}", fmt::join(drops, ", "));
}

std::string text_of(const Reports& reports) {
  std::string text;
  for (const auto& report : reports) {
    const auto& stats = report.stats;
    fmt::format_to(std::back_inserter(text),
                   "{}\n"
                   "    connections  {}\n"
                   "    from guest   {} packets, {} bytes\n"
                   "    to guest     {} packets, {} bytes\n"
                   "    dropped      {}\n",
                   describe_rule(rule_of(report.rule)), stats.connections, stats.packets_from_guest,
                   stats.bytes_from_guest, stats.packets_to_guest, stats.bytes_to_guest,
                   format_drops(stats));
  }
  return text;
}

Result<Reply> show(const Machine& machine, const GuestFilter& filter) {
  const auto netlink = open_netlink(machine);
  if (!netlink) return Failure(netlink.error());
  auto reports = netlink->rules(filter);
  if (!reports) return Failure(reports.error());

  std::ranges::sort(*reports, {}, [](const auto& r) { return place_of(rule_of(r.rule)); });
  return Reply{json_of(*reports), text_of(*reports)};
}

Result<Action> parse_stats(const Values& values) {
  const auto filter = parse_guest_filter(values);
  if (!filter) return Failure(filter.error());
  return [filter = *filter](const Machine& machine) { return show(machine, filter); };
}

constexpr std::array keywords = {
    Keyword{"guest", "CID", "", Need::optional, "the rules of this guest only"},
};

constexpr std::array commands = {
    Command{"", keywords, "show the counters of each rule, sorted by guest and port", parse_stats},
};

}  // namespace

Object stats_object() {
  return {"stats", "what has become of packets, by rule", commands};
}

}  // namespace vsockfwd
