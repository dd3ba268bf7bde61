// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/report_form.h"

#include <fmt/format.h>

#include "vsockfwd/rule_form.h"

namespace vsockfwd {
namespace {

Json json_of_drops(const RuleStats& stats) {
  auto json = Json::object();
  for (std::uint32_t reason = 1; reason < stats.drops.size(); ++reason) {
    json[drop_name(reason)] = stats.drops.at(reason);
  }
  return json;
}

}  // namespace

std::string format_end(const VsockEnd& end) {
  return fmt::format("{}:{}", format_cid(end.cid), end.port);
}

std::string format_type(const FlowReport& flow) {
  if (flow.type == 1) return "stream";
  return flow.type == 2 ? "seqpacket" : std::to_string(flow.type);
}

std::string format_starter(const FlowReport& flow) {
  if (!flow.started_by) return "?";
  return *flow.started_by == Side::guest ? "guest" : "parent";
}

Json json_of(const FlowReport& flow) {
  return {{"guest_cid", flow.guest.cid},
          {"guest_port", flow.guest.port},
          {"seen_cid", flow.seen.cid},
          {"seen_port", flow.seen.port},
          {"peer_cid", flow.peer ? Json(flow.peer->cid) : Json()},
          {"peer_port", flow.peer ? Json(flow.peer->port) : Json()},
          {"type", format_type(flow)},
          {"started_by", flow.started_by ? Json(format_starter(flow)) : Json()}};
}

Json json_of(const RuleReport& report) {
  const auto& stats = report.stats;
  Json json = {{"id", report.rule.id}};
  json.update(json_of(rule_of(report.rule)));
  json.update({{"packets_from_guest", stats.packets_from_guest},
               {"bytes_from_guest", stats.bytes_from_guest},
               {"packets_to_guest", stats.packets_to_guest},
               {"bytes_to_guest", stats.bytes_to_guest},
               {"connections", stats.connections},
               {"drops", json_of_drops(stats)}});
  return json;
}

}  // namespace vsockfwd
