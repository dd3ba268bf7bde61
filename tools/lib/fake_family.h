// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_FAKE_FAMILY_H
#define VSOCKFWD_LIB_FAKE_FAMILY_H

#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/genl/genl.h>
#include <netlink/handlers.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include <cerrno>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "lib/fwd_netlink.h"

namespace vsockfwd {

/// Plays the module's generic netlink family for tests of its clients, which talk with it through
/// real netlink sockets, of the kind that the kernel has for users. One at a time.
class FakeFamily {
 public:
  FakeFamily() : socket_(::nl_socket_alloc()) {
    if (!socket_ || ::nl_connect(socket_.get(), NETLINK_USERSOCK) < 0) {
      throw std::runtime_error("no netlink socket");
    }
    current_ = this;
  }
  FakeFamily(const FakeFamily&) = delete;
  FakeFamily& operator=(const FakeFamily&) = delete;
  ~FakeFamily() { current_ = nullptr; }

  /// What the dumps tell.
  std::vector<RuleReport> rules;
  std::vector<FlowReport> flows;
  /// Whether the kernel knows the family.
  bool known = true;
  /// errno with which a request fails, by its command.
  std::map<int, int> failures;
  /// errno with which a dump ends, by its command.
  std::map<int, int> ends;
  /// The error code of libnl when a listener joins; 0 if it may.
  int join_error = 0;
  /// How often a listener has joined.
  int joined = 0;

  /// Refers to this object.
  Netlink netlink() {
    return {[](nl_sock* socket) {
              auto* const callbacks = ::nl_socket_get_cb(socket);
              ::nl_cb_overwrite_send(callbacks, serve);
              ::nl_cb_put(callbacks);
              return ::nl_connect(socket, NETLINK_USERSOCK);
            },
            [this](nl_sock* socket, int wanted) { return join(socket, wanted); }};
  }

  /// Tells whoever has joined last.
  void tell(const FwdEvent& event) {
    auto message = begin(family, 0, 0);
    std::visit([&](const auto& e) { put(message, e); }, event);
    send(message, listener_);
  }
  /// Tells of something that no program knows yet.
  void tell_news() {
    auto message = begin(family, 0, 0);
    header(message, 99);
    send(message, listener_);
  }
  /// Tells that another family has gone, then that this one has.
  void unload() {
    for (const int gone : {family + 1, family}) {
      auto message = begin(GENL_ID_CTRL, 0, 0);
      header(message, CTRL_CMD_DELFAMILY);
      put(message, CTRL_ATTR_FAMILY_ID, static_cast<std::uint16_t>(gone));
      send(message, listener_);
    }
  }
  /// Has the listener told that something was lost, as the kernel would.
  void lose() { send(error(ENOBUFS, {}), listener_); }

 private:
  using Message = std::shared_ptr<nl_msg>;
  static constexpr int family = 40;
  static constexpr int group = 7;

  static void require(bool holds) {
    if (!holds) throw std::runtime_error("the message does not fit");
  }

  static Message begin(int type, std::uint32_t sequence, int flags) {
    Message message(::nlmsg_alloc(), ::nlmsg_free);
    require(message &&
            ::nlmsg_put(message.get(), NL_AUTO_PORT, sequence, type, 0, flags) != nullptr);
    return message;
  }
  static void header(const Message& message, int command) {
    const genlmsghdr generic = {static_cast<__u8>(command), VHOST_VSOCK_FWD_FAMILY_VERSION, 0};
    append(message, generic);
  }
  template <typename T>
  static void append(const Message& message, const T& data) {
    auto copy = data;
    require(::nlmsg_append(message.get(), &copy, sizeof(copy), NLMSG_ALIGNTO) == 0);
  }
  static void put(const Message& message, int attribute, std::uint16_t value) {
    require(::nla_put_u16(message.get(), attribute, value) == 0);
  }
  static void put(const Message& message, int attribute, std::uint32_t value) {
    require(::nla_put_u32(message.get(), attribute, value) == 0);
  }
  static void put(const Message& message, int attribute, std::uint64_t value) {
    require(::nla_put_u64(message.get(), attribute, value) == 0);
  }
  template <typename Fill>
  static void nest(const Message& message, int attribute, Fill fill) {
    auto* const start = ::nla_nest_start(message.get(), attribute);
    require(start != nullptr);
    fill();
    ::nla_nest_end(message.get(), start);
  }

  static void put_stats(const Message& message, const RuleStats& stats) {
    put(message, VHOST_VSOCK_FWD_A_STATS_PACKETS_FROM_GUEST, stats.packets_from_guest);
    put(message, VHOST_VSOCK_FWD_A_STATS_BYTES_FROM_GUEST, stats.bytes_from_guest);
    put(message, VHOST_VSOCK_FWD_A_STATS_PACKETS_TO_GUEST, stats.packets_to_guest);
    put(message, VHOST_VSOCK_FWD_A_STATS_BYTES_TO_GUEST, stats.bytes_to_guest);
    put(message, VHOST_VSOCK_FWD_A_STATS_CONNECTIONS, stats.connections);
    nest(message, VHOST_VSOCK_FWD_A_STATS_DROPS, [&] {
      for (std::size_t reason = 1; reason < stats.drops.size(); ++reason) {
        put(message, static_cast<int>(reason), stats.drops[reason]);
      }
    });
  }
  static void put_rule(const Message& message, const RuleReport& report) {
    const auto& rule = report.rule;
    put(message, VHOST_VSOCK_FWD_A_RULE_ID, std::uint64_t{rule.id});
    put(message, VHOST_VSOCK_FWD_A_RULE_FLAGS, rule.flags);
    put(message, VHOST_VSOCK_FWD_A_RULE_GUEST_CID, rule.guest_cid);
    put(message, VHOST_VSOCK_FWD_A_RULE_FROM_CID, rule.from_cid);
    put(message, VHOST_VSOCK_FWD_A_RULE_TO_CID, rule.to_cid);
    put(message, VHOST_VSOCK_FWD_A_RULE_PORT_FIRST, rule.port_first);
    put(message, VHOST_VSOCK_FWD_A_RULE_PORT_LAST, rule.port_last);
    put(message, VHOST_VSOCK_FWD_A_RULE_TO_PORT, rule.to_port);
    nest(message, VHOST_VSOCK_FWD_A_RULE_STATS, [&] { put_stats(message, report.stats); });
  }
  static void put_flow(const Message& message, const FlowReport& flow) {
    put(message, VHOST_VSOCK_FWD_A_FLOW_GUEST_CID, flow.guest.cid);
    put(message, VHOST_VSOCK_FWD_A_FLOW_GUEST_PORT, flow.guest.port);
    put(message, VHOST_VSOCK_FWD_A_FLOW_SEEN_CID, flow.seen.cid);
    put(message, VHOST_VSOCK_FWD_A_FLOW_SEEN_PORT, flow.seen.port);
    put(message, VHOST_VSOCK_FWD_A_FLOW_TYPE, flow.type);
    if (flow.peer) {
      put(message, VHOST_VSOCK_FWD_A_FLOW_PEER_CID, flow.peer->cid);
      put(message, VHOST_VSOCK_FWD_A_FLOW_PEER_PORT, flow.peer->port);
    }
    if (!flow.started_by) return;
    const bool by_guest = flow.started_by == Side::guest;
    put(message, VHOST_VSOCK_FWD_A_FLOW_SIDE,
        std::uint32_t{by_guest ? VHOST_VSOCK_FWD_SIDE_GUEST : VHOST_VSOCK_FWD_SIDE_PARENT});
  }

  static void put(const Message& message, const RuleAdded& event) {
    header(message, VHOST_VSOCK_FWD_CMD_RULE_ADD_NTF);
    put_rule(message, event.report);
  }
  static void put(const Message& message, const RuleRemoved& event) {
    header(message, VHOST_VSOCK_FWD_CMD_RULE_DEL_NTF);
    put_rule(message, event.report);
  }
  static void put(const Message& message, const FlowStarted& event) {
    header(message, VHOST_VSOCK_FWD_CMD_FLOW_ADD_NTF);
    put_flow(message, event.flow);
  }
  static void put(const Message& message, const FlowDenied& event) {
    header(message, VHOST_VSOCK_FWD_CMD_FLOW_DENY_NTF);
    put_flow(message, event.flow);
    put(message, VHOST_VSOCK_FWD_A_FLOW_DROP, event.reason);
  }

  /// What the kernel answers to a request, with 0 if it was done.
  static Message error(int code, const nlmsghdr& request) {
    auto message = begin(NLMSG_ERROR, request.nlmsg_seq, 0);
    append(message, nlmsgerr{-code, request});
    return message;
  }

  void send(const Message& message, std::uint32_t port) {
    sockaddr_nl to = {.nl_family = AF_NETLINK, .nl_pad = 0, .nl_pid = port, .nl_groups = 0};
    ::nlmsg_set_dst(message.get(), &to);
    require(::nl_send_auto(socket_.get(), message.get()) >= 0);
  }

  /// Takes the place of sending to the kernel.
  static int serve(nl_sock* client, nl_msg* request) {
    current_->serve(::nl_socket_get_local_port(client), ::nlmsg_hdr(request));
    return static_cast<int>(::nlmsg_hdr(request)->nlmsg_len);
  }

  void serve(std::uint32_t client, nlmsghdr* request) {
    const int command = ::genlmsg_hdr(request)->cmd;
    if (request->nlmsg_type == GENL_ID_CTRL) {
      if (known) describe_family(client, *request);
      send(error(known ? 0 : ENOENT, *request), client);
    } else if (const auto failure = failures.find(command); failure != failures.end()) {
      send(error(failure->second, *request), client);
    } else {
      dump(client, request, command);
    }
  }

  void describe_family(std::uint32_t client, const nlmsghdr& request) {
    auto message = begin(GENL_ID_CTRL, request.nlmsg_seq, 0);
    header(message, CTRL_CMD_NEWFAMILY);
    put(message, CTRL_ATTR_FAMILY_ID, std::uint16_t{family});
    require(::nla_put_string(message.get(), CTRL_ATTR_FAMILY_NAME, VHOST_VSOCK_FWD_FAMILY_NAME) ==
            0);
    nest(message, CTRL_ATTR_MCAST_GROUPS, [&] {
      nest(message, 1, [&] {
        put(message, CTRL_ATTR_MCAST_GRP_ID, std::uint32_t{group});
        require(::nla_put_string(message.get(), CTRL_ATTR_MCAST_GRP_NAME,
                                 VHOST_VSOCK_FWD_MCGRP_EVENTS) == 0);
      });
    });
    send(message, client);
  }

  void dump(std::uint32_t client, nlmsghdr* request, int command) {
    const auto tell_each = [&](const auto& entries, auto cid_of, auto put_entry, int attribute) {
      const auto* const wanted = ::genlmsg_attrdata(::genlmsg_hdr(request), 0);
      const bool filtered = ::genlmsg_attrlen(::genlmsg_hdr(request), 0) > 0;
      require(!filtered || ::nla_type(wanted) == attribute);
      for (const auto& entry : entries) {
        if (filtered && cid_of(entry) != ::nla_get_u32(wanted)) continue;
        auto message = begin(family, request->nlmsg_seq, NLM_F_MULTI);
        header(message, command);
        put_entry(message, entry);
        send(message, client);
      }
    };
    if (command == VHOST_VSOCK_FWD_CMD_RULE_GET) {
      tell_each(
          rules, [](const auto& r) { return r.rule.guest_cid; }, put_rule,
          VHOST_VSOCK_FWD_A_RULE_GUEST_CID);
    } else {
      tell_each(
          flows, [](const auto& f) { return f.guest.cid; }, put_flow,
          VHOST_VSOCK_FWD_A_FLOW_GUEST_CID);
    }
    auto done = begin(NLMSG_DONE, request->nlmsg_seq, NLM_F_MULTI);
    append(done, -ends[command]);
    send(done, client);
  }

  int join(nl_sock* socket, int wanted) {
    if (wanted == GENL_ID_CTRL) return 0;
    require(wanted == group);
    if (join_error != 0) return -join_error;
    ++joined;
    listener_ = ::nl_socket_get_local_port(socket);
    return 0;
  }

  NetlinkSocket socket_;
  std::uint32_t listener_ = 0;
  /// libnl tells its functions for sending nothing but the socket.
  static inline FakeFamily* current_ = nullptr;
};

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_FAKE_FAMILY_H
