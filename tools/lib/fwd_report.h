// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_FWD_REPORT_H
#define VSOCKFWD_LIB_FWD_REPORT_H

#include <linux/vhost_vsock_fwd.h>
#include <linux/vhost_vsock_fwd_netlink.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "lib/cid.h"
#include "lib/port.h"
#include "lib/result.h"

struct nlmsghdr;

/// What the module tells over generic netlink, and how to read it.
namespace vsockfwd {

/// One end of a connection.
struct VsockEnd {
  Cid cid = 0;
  Port port = 0;

  bool operator==(const VsockEnd&) const = default;
};

/// What has become of packets since their rule was added.
struct RuleStats {
  std::uint64_t packets_from_guest = 0;
  /// Of payload.
  std::uint64_t bytes_from_guest = 0;
  std::uint64_t packets_to_guest = 0;
  /// Of payload.
  std::uint64_t bytes_to_guest = 0;
  /// Requests for one that went on, from either side.
  std::uint64_t connections = 0;
  /// Packets that went no further, by enum vhost_vsock_fwd_drop; the first is unused.
  std::array<std::uint64_t, VHOST_VSOCK_FWD_DROP_NOT_SENT + 1> drops = {};

  bool operator==(const RuleStats&) const = default;
};

struct RuleReport {
  vhost_vsock_fwd_rule rule;
  RuleStats stats;
};

/// Who has started a connection.
enum class Side { guest, parent };

/// A connection of a guest that has rules.
struct FlowReport {
  VsockEnd guest;
  /// The other end, as the guest knows it.
  VsockEnd seen;
  /// The other end, as it is; nothing if the connection was refused before that was found.
  std::optional<VsockEnd> peer;
  /// As in the header of a packet: 1 (stream) or 2 (seqpacket).
  std::uint16_t type = 0;
  /// Nothing if that is not known.
  std::optional<Side> started_by;

  bool operator==(const FlowReport&) const = default;
};

struct RuleAdded {
  RuleReport report;
};
/// With what the counters were at last.
struct RuleRemoved {
  RuleReport report;
};
/// A request for a connection has gone on.
struct FlowStarted {
  FlowReport flow;
};
/// A request for a connection was refused.
struct FlowDenied {
  FlowReport flow;
  /// A value of enum vhost_vsock_fwd_drop, or one that a newer module knows.
  std::uint32_t reason = 0;
};
using FwdEvent = std::variant<RuleAdded, RuleRemoved, FlowStarted, FlowDenied>;

/// Read one message of the family. They fail if something is missing or malformed, and leave alone
/// what a newer module has added.
Result<RuleReport> read_rule(nlmsghdr* message);
Result<FlowReport> read_flow(nlmsghdr* message);

/// Nothing if it is an event of a kind that only a newer module knows.
Result<std::optional<FwdEvent>> read_event(nlmsghdr* message);

/// The name of a value of enum vhost_vsock_fwd_drop in snake_case; its number if it has none.
std::string drop_name(std::uint32_t reason);

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_FWD_REPORT_H
