// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>
#include <vector>

#include "vsockfwd/guest_filter.h"
#include "vsockfwd/module.h"
#include "vsockfwd/report_form.h"

namespace vsockfwd {
namespace {

using Flows = std::vector<FlowReport>;

auto order_of(const FlowReport& flow) {
  return std::tuple(flow.guest.cid, flow.guest.port, flow.seen.cid, flow.seen.port);
}

Json json_of(const Flows& flows) {
  auto list = Json::array();
  for (const auto& flow : flows) list.push_back(json_of(flow));
  return list;
}

std::string text_of(const Flows& flows) {
  static constexpr auto row = "{:<21}  {:<21}  {:<21}  {:<9}  {}\n";
  auto table = fmt::format(row, "GUEST", "SEEN", "PEER", "TYPE", "STARTED BY");
  for (const auto& flow : flows) {
    fmt::format_to(std::back_inserter(table), row, format_end(flow.guest), format_end(flow.seen),
                   flow.peer ? format_end(*flow.peer) : "?", format_type(flow),
                   format_starter(flow));
  }
  return table;
}

Result<Reply> show(const Machine& machine, const GuestFilter& filter) {
  const auto netlink = open_netlink(machine);
  if (!netlink) return Failure(netlink.error());
  auto flows = netlink->flows(filter);
  if (!flows) return Failure(flows.error());

  std::ranges::sort(*flows, {}, order_of);
  return Reply{json_of(*flows), text_of(*flows)};
}

Result<Action> parse_show(const Values& values) {
  const auto filter = parse_guest_filter(values);
  if (!filter) return Failure(filter.error());
  return [filter = *filter](const Machine& machine) { return show(machine, filter); };
}

constexpr std::array keywords = {
    Keyword{"guest", "CID", "", Need::optional, "the connections of this guest only"},
};

constexpr std::array commands = {
    Command{"show", keywords, "list the connections, sorted by guest and port", parse_show},
};

}  // namespace

Object flow_object() {
  return {"flow", "connections of the guests that have rules", commands};
}

}  // namespace vsockfwd
