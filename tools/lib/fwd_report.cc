// SPDX-License-Identifier: Apache-2.0
#include "lib/fwd_report.h"

#include <fmt/format.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include <string_view>

namespace vsockfwd {
namespace {

/// What attributes have to be, by their numbers up to `max`.
template <int max>
using Policy = std::array<nla_policy, std::size_t{max} + 1>;

template <int max>
Policy<max> all_of(std::uint16_t type) {
  Policy<max> policy = {};
  for (auto& entry : policy) entry.type = type;
  return policy;
}

/// The attributes of one level: of a message, or of one that nests others.
template <int max>
class Attributes {
 public:
  Result<void> read(nlmsghdr* message, Policy<max> policy) {
    return judge(::genlmsg_parse(message, 0, found_.data(), max, policy.data()));
  }
  Result<void> read(nlattr* outer, Policy<max> policy) {
    return judge(::nla_parse_nested(found_.data(), max, outer, policy.data()));
  }

  [[nodiscard]] nlattr* find(int number) const {
    return found_.at(static_cast<std::size_t>(number));
  }

  /// All of these have to be there.
  [[nodiscard]] Result<void> require(std::initializer_list<int> numbers) const {
    for (const int number : numbers) {
      if (find(number) == nullptr)
        return misunderstood(fmt::format("attribute {} is missing", number));
    }
    return {};
  }

  // 0 for what is not there.
  [[nodiscard]] std::uint16_t u16(int number) const {
    return find(number) == nullptr ? std::uint16_t{0} : ::nla_get_u16(find(number));
  }
  [[nodiscard]] std::uint32_t u32(int number) const {
    return find(number) == nullptr ? 0 : ::nla_get_u32(find(number));
  }
  [[nodiscard]] std::uint64_t u64(int number) const {
    return find(number) == nullptr ? 0 : ::nla_get_u64(find(number));
  }

 private:
  static Failure misunderstood(std::string_view why) {
    return Failure(Error{fmt::format("the module sent a message that makes no sense: {}", why),
                         "load the module of the same release as this program"});
  }

  static Result<void> judge(int status) {
    if (status >= 0) return {};
    return misunderstood(::nl_geterror(status));
  }

  std::array<nlattr*, std::size_t{max} + 1> found_ = {};
};

Result<void> read_drops(nlattr* outer, RuleStats& stats) {
  static constexpr int max = VHOST_VSOCK_FWD_DROP_NOT_SENT;
  Attributes<max> drops;
  if (auto read = drops.read(outer, all_of<max>(NLA_U64)); !read) return read;
  // The attributes have the numbers of the reasons.
  for (int reason = 1; reason <= max; ++reason) {
    stats.drops.at(static_cast<std::size_t>(reason)) = drops.u64(reason);
  }
  return {};
}

Result<RuleStats> read_stats(nlattr* outer) {
  static constexpr int max = VHOST_VSOCK_FWD_A_STATS_DROPS;
  auto policy = all_of<max>(NLA_U64);
  policy[VHOST_VSOCK_FWD_A_STATS_DROPS].type = NLA_NESTED;
  Attributes<max> found;
  const auto complete = found.read(outer, policy).and_then([&] {
    return found.require(
        {VHOST_VSOCK_FWD_A_STATS_PACKETS_FROM_GUEST, VHOST_VSOCK_FWD_A_STATS_BYTES_FROM_GUEST,
         VHOST_VSOCK_FWD_A_STATS_PACKETS_TO_GUEST, VHOST_VSOCK_FWD_A_STATS_BYTES_TO_GUEST,
         VHOST_VSOCK_FWD_A_STATS_CONNECTIONS, VHOST_VSOCK_FWD_A_STATS_DROPS});
  });
  if (!complete) return Failure(complete.error());

  RuleStats stats = {
      .packets_from_guest = found.u64(VHOST_VSOCK_FWD_A_STATS_PACKETS_FROM_GUEST),
      .bytes_from_guest = found.u64(VHOST_VSOCK_FWD_A_STATS_BYTES_FROM_GUEST),
      .packets_to_guest = found.u64(VHOST_VSOCK_FWD_A_STATS_PACKETS_TO_GUEST),
      .bytes_to_guest = found.u64(VHOST_VSOCK_FWD_A_STATS_BYTES_TO_GUEST),
      .connections = found.u64(VHOST_VSOCK_FWD_A_STATS_CONNECTIONS),
      .drops = {},
  };
  return read_drops(found.find(VHOST_VSOCK_FWD_A_STATS_DROPS), stats).map([&] { return stats; });
}

using FlowAttributes = Attributes<VHOST_VSOCK_FWD_A_FLOW_MAX>;

Result<FlowAttributes> flow_attributes(nlmsghdr* message) {
  auto policy = all_of<VHOST_VSOCK_FWD_A_FLOW_MAX>(NLA_U32);
  policy[VHOST_VSOCK_FWD_A_FLOW_TYPE].type = NLA_U16;
  FlowAttributes found;
  return found.read(message, policy)
      .and_then([&] {
        return found.require({VHOST_VSOCK_FWD_A_FLOW_GUEST_CID, VHOST_VSOCK_FWD_A_FLOW_GUEST_PORT,
                              VHOST_VSOCK_FWD_A_FLOW_SEEN_CID, VHOST_VSOCK_FWD_A_FLOW_SEEN_PORT,
                              VHOST_VSOCK_FWD_A_FLOW_TYPE});
      })
      .map([&] { return found; });
}

FlowReport flow_of(const FlowAttributes& found) {
  FlowReport flow = {
      .guest = {found.u32(VHOST_VSOCK_FWD_A_FLOW_GUEST_CID),
                found.u32(VHOST_VSOCK_FWD_A_FLOW_GUEST_PORT)},
      .seen = {found.u32(VHOST_VSOCK_FWD_A_FLOW_SEEN_CID),
               found.u32(VHOST_VSOCK_FWD_A_FLOW_SEEN_PORT)},
      .peer = {},
      .type = found.u16(VHOST_VSOCK_FWD_A_FLOW_TYPE),
      .started_by = {},
  };
  if (found.find(VHOST_VSOCK_FWD_A_FLOW_PEER_CID) != nullptr) {
    flow.peer = VsockEnd{found.u32(VHOST_VSOCK_FWD_A_FLOW_PEER_CID),
                         found.u32(VHOST_VSOCK_FWD_A_FLOW_PEER_PORT)};
  }
  if (found.find(VHOST_VSOCK_FWD_A_FLOW_SIDE) != nullptr) {
    const auto side = found.u32(VHOST_VSOCK_FWD_A_FLOW_SIDE);
    if (side == VHOST_VSOCK_FWD_SIDE_GUEST) flow.started_by = Side::guest;
    if (side == VHOST_VSOCK_FWD_SIDE_PARENT) flow.started_by = Side::parent;
  }
  return flow;
}

}  // namespace

Result<RuleReport> read_rule(nlmsghdr* message) {
  static constexpr int max = VHOST_VSOCK_FWD_A_RULE_STATS;
  auto policy = all_of<max>(NLA_U32);
  policy[VHOST_VSOCK_FWD_A_RULE_ID].type = NLA_U64;
  policy[VHOST_VSOCK_FWD_A_RULE_STATS].type = NLA_NESTED;
  Attributes<max> found;
  const auto complete = found.read(message, policy).and_then([&] {
    return found.require({VHOST_VSOCK_FWD_A_RULE_ID, VHOST_VSOCK_FWD_A_RULE_FLAGS,
                          VHOST_VSOCK_FWD_A_RULE_GUEST_CID, VHOST_VSOCK_FWD_A_RULE_FROM_CID,
                          VHOST_VSOCK_FWD_A_RULE_TO_CID, VHOST_VSOCK_FWD_A_RULE_PORT_FIRST,
                          VHOST_VSOCK_FWD_A_RULE_PORT_LAST, VHOST_VSOCK_FWD_A_RULE_TO_PORT,
                          VHOST_VSOCK_FWD_A_RULE_STATS});
  });
  if (!complete) return Failure(complete.error());

  const vhost_vsock_fwd_rule rule = {
      .id = found.u64(VHOST_VSOCK_FWD_A_RULE_ID),
      .flags = found.u32(VHOST_VSOCK_FWD_A_RULE_FLAGS),
      .guest_cid = found.u32(VHOST_VSOCK_FWD_A_RULE_GUEST_CID),
      .from_cid = found.u32(VHOST_VSOCK_FWD_A_RULE_FROM_CID),
      .to_cid = found.u32(VHOST_VSOCK_FWD_A_RULE_TO_CID),
      .port_first = found.u32(VHOST_VSOCK_FWD_A_RULE_PORT_FIRST),
      .port_last = found.u32(VHOST_VSOCK_FWD_A_RULE_PORT_LAST),
      .to_port = found.u32(VHOST_VSOCK_FWD_A_RULE_TO_PORT),
      .__reserved = 0,
  };
  return read_stats(found.find(VHOST_VSOCK_FWD_A_RULE_STATS)).map([&](const RuleStats& stats) {
    return RuleReport{rule, stats};
  });
}

Result<FlowReport> read_flow(nlmsghdr* message) {
  return flow_attributes(message).map(flow_of);
}

Result<std::optional<FwdEvent>> read_event(nlmsghdr* message) {
  const auto as = [](auto event) { return std::optional(FwdEvent(std::move(event))); };
  switch (::genlmsg_hdr(message)->cmd) {
    case VHOST_VSOCK_FWD_CMD_RULE_ADD_NTF:
      return read_rule(message).map([&](const auto& report) { return as(RuleAdded{report}); });
    case VHOST_VSOCK_FWD_CMD_RULE_DEL_NTF:
      return read_rule(message).map([&](const auto& report) { return as(RuleRemoved{report}); });
    case VHOST_VSOCK_FWD_CMD_FLOW_ADD_NTF:
      return read_flow(message).map([&](const auto& flow) { return as(FlowStarted{flow}); });
    case VHOST_VSOCK_FWD_CMD_FLOW_DENY_NTF:
      return flow_attributes(message).map([&](const auto& found) {
        return as(FlowDenied{flow_of(found), found.u32(VHOST_VSOCK_FWD_A_FLOW_DROP)});
      });
    default:
      return std::optional<FwdEvent>();
  }
}

std::string drop_name(std::uint32_t reason) {
  static constexpr std::array<std::string_view, VHOST_VSOCK_FWD_DROP_NOT_SENT + 1> names = {
      "", "denied", "collision", "no_room", "stray", "malformed", "not_sent"};
  return reason == 0 || reason >= names.size() ? std::to_string(reason)
                                               : std::string(names.at(reason));
}

}  // namespace vsockfwd
