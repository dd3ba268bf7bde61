// SPDX-License-Identifier: Apache-2.0
#include "lib/fwd_netlink.h"

#include <fmt/format.h>
#include <linux/genetlink.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "lib/fwd_error.h"

namespace vsockfwd {
namespace {

/// More events than the kernel keeps for one listener.
constexpr int fetch_limit = 4096;

constexpr std::string_view cannot_listen = "cannot listen to the module";

/// As large as the kernel lets everybody have it by default; it takes less if that is its limit.
constexpr int event_buffer_size = 208 * 1024;

struct MessageDeleter {
  void operator()(nl_msg* message) const { ::nlmsg_free(message); }
};
using Message = std::unique_ptr<nl_msg, MessageDeleter>;

struct CallbacksDeleter {
  void operator()(nl_cb* callbacks) const { ::nl_cb_put(callbacks); }
};
using Callbacks = std::unique_ptr<nl_cb, CallbacksDeleter>;

struct ErrorCode {
  int libnl;
  int system;
};

/// What libnl makes of errno, as far as the module has a meaning for it.
constexpr std::array error_codes = {
    ErrorCode{NLE_INTR, EINTR},   ErrorCode{NLE_INVAL, EINVAL},
    ErrorCode{NLE_NOMEM, ENOMEM}, ErrorCode{NLE_OBJ_NOTFOUND, ENOENT},
    ErrorCode{NLE_PERM, EPERM},   ErrorCode{NLE_OPNOTSUPP, EOPNOTSUPP},
};

/// Explains a negative error code of libnl.
Failure failure(int status, std::string_view what) {
  const auto* const known = std::ranges::find(error_codes, -status, &ErrorCode::libnl);
  if (known != error_codes.end()) {
    return Failure(explain_fwd_error(FwdRequest::netlink, known->system, what));
  }
  return Failure(Error{fmt::format("{}: {}", what, ::nl_geterror(status)), {}});
}

/// Lets a function that takes a message and returns one of enum nl_cb_action handle what comes in.
template <typename Handler>
void handle(nl_sock* socket, nl_cb_type type, Handler& handler) {
  ::nl_socket_modify_cb(
      socket, type, NL_CB_CUSTOM,
      [](nl_msg* message, void* argument) { return (*static_cast<Handler*>(argument))(message); },
      &handler);
}

Result<NetlinkSocket> connect(const Netlink& netlink) {
  NetlinkSocket socket(::nl_socket_alloc());
  const int status = socket ? netlink.connect(socket.get()) : -NLE_NOMEM;
  if (status < 0) return failure(status, "cannot open a socket of generic netlink");
  return socket;
}

/// What is to be dumped.
struct Dump {
  int family;
  std::uint8_t command;
  /// The attribute that says of which guest.
  int guest_attribute;
  /// Nothing for all guests.
  std::optional<Cid> guest;
};

/// Null without memory.
Message request_of(const Dump& dump) {
  Message request(::nlmsg_alloc());
  const bool complete =
      request &&
      ::genlmsg_put(request.get(), NL_AUTO_PORT, NL_AUTO_SEQ, dump.family, 0, NLM_F_DUMP,
                    dump.command, VHOST_VSOCK_FWD_FAMILY_VERSION) != nullptr &&
      (!dump.guest || ::nla_put_u32(request.get(), dump.guest_attribute, *dump.guest) == 0);
  return complete ? std::move(request) : nullptr;
}

/// Returns 0 or a negative error code of libnl.
int exchange(nl_sock* socket, const Dump& dump) {
  const auto request = request_of(dump);
  if (!request) return -NLE_NOMEM;
  const int sent = ::nl_send_auto(socket, request.get());
  return sent < 0 ? sent : ::nl_recvmsgs_default(socket);
}

/// Whether a message about families says that this one is there no more.
bool tells_end_of(int family, nlmsghdr* message) {
  std::array<nlattr*, CTRL_ATTR_MAX + 1> found = {};
  return ::genlmsg_hdr(message)->cmd == CTRL_CMD_DELFAMILY &&
         ::genlmsg_parse(message, 0, found.data(), CTRL_ATTR_MAX, nullptr) == 0 &&
         found[CTRL_ATTR_FAMILY_ID] != nullptr &&
         ::nla_get_u16(found[CTRL_ATTR_FAMILY_ID]) == family;
}

/// The code with which a dump ends: 0 or a negative errno. libnl does not look at it.
int code_at_end(nl_msg* message) {
  const auto* const header = ::nlmsg_hdr(message);
  return ::nlmsg_datalen(header) < int{sizeof(int)} ? 0 : *static_cast<int*>(::nlmsg_data(header));
}

/// Asks for a dump and reads every entry. `what` says what cannot be done if that fails.
template <typename Entry>
Result<std::vector<Entry>> receive(nl_sock* socket, const Dump& dump,
                                   Result<Entry> (*read)(nlmsghdr*), std::string_view what) {
  std::vector<Entry> entries;
  std::optional<Error> wrong;
  auto on_entry = [&](nl_msg* message) -> int {
    auto entry = read(::nlmsg_hdr(message));
    if (!entry) {
      wrong = entry.error();
      return NL_STOP;
    }
    entries.push_back(std::move(*entry));
    return NL_OK;
  };
  auto on_end = [&](nl_msg* message) -> int {
    const int code = code_at_end(message);
    if (code < 0) wrong = explain_fwd_error(FwdRequest::netlink, -code, what);
    return NL_OK;
  };
  handle(socket, NL_CB_VALID, on_entry);
  handle(socket, NL_CB_FINISH, on_end);

  const int status = exchange(socket, dump);
  if (status < 0) return failure(status, what);
  if (wrong) return Failure(std::move(*wrong));
  return entries;
}

}  // namespace

void NetlinkSocketDeleter::operator()(nl_sock* socket) const {
  ::nl_socket_free(socket);
}

Netlink system_netlink() {
  return {::genl_connect,
          [](nl_sock* socket, int group) { return ::nl_socket_add_membership(socket, group); }};
}

FwdNetlink::FwdNetlink(NetlinkSocket socket, int family)
    : socket_(std::move(socket)), family_(family) {}

Result<FwdNetlink> FwdNetlink::open(const Netlink& netlink) {
  auto socket = connect(netlink);
  if (!socket) return Failure(socket.error());
  const int family = ::genl_ctrl_resolve(socket->get(), VHOST_VSOCK_FWD_FAMILY_NAME);
  if (family < 0) return failure(family, "cannot ask the module what there is");
  return FwdNetlink(std::move(*socket), family);
}

Result<std::vector<RuleReport>> FwdNetlink::rules(std::optional<Cid> guest) const {
  const Dump dump = {family_, VHOST_VSOCK_FWD_CMD_RULE_GET, VHOST_VSOCK_FWD_A_RULE_GUEST_CID,
                     guest};
  return receive(socket_.get(), dump, read_rule, "cannot list the rules");
}

Result<std::vector<FlowReport>> FwdNetlink::flows(std::optional<Cid> guest) const {
  const Dump dump = {family_, VHOST_VSOCK_FWD_CMD_FLOW_GET, VHOST_VSOCK_FWD_A_FLOW_GUEST_CID,
                     guest};
  return receive(socket_.get(), dump, read_flow, "cannot list the connections");
}

FwdListener::FwdListener(NetlinkSocket socket, int family)
    : socket_(std::move(socket)), family_(family) {}

Result<FwdListener> FwdListener::open(const Netlink& netlink) {
  auto socket = connect(netlink);
  if (!socket) return Failure(socket.error());
  const int family = ::genl_ctrl_resolve(socket->get(), VHOST_VSOCK_FWD_FAMILY_NAME);
  if (family < 0) return failure(family, cannot_listen);
  const int group = ::genl_ctrl_resolve_grp(socket->get(), VHOST_VSOCK_FWD_FAMILY_NAME,
                                            VHOST_VSOCK_FWD_MCGRP_EVENTS);
  if (group < 0) return failure(group, cannot_listen);

  ::nl_socket_disable_seq_check(socket->get());
  int status = ::nl_socket_set_buffer_size(socket->get(), event_buffer_size, 0);
  if (status >= 0) status = ::nl_socket_set_nonblocking(socket->get());
  if (status >= 0) status = netlink.join(socket->get(), GENL_ID_CTRL);
  if (status >= 0) status = netlink.join(socket->get(), group);
  if (status < 0) return failure(status, cannot_listen);
  return FwdListener(std::move(*socket), family);
}

Result<void> FwdListener::wait() const {
  pollfd socket = {.fd = ::nl_socket_get_fd(socket_.get()), .events = POLLIN, .revents = 0};
  while (::poll(&socket, 1, -1) < 0) {
    if (errno != EINTR) return failure(-::nl_syserr2nlerr(errno), cannot_listen);
  }
  return {};
}

Result<FwdEvents> FwdListener::fetch() const {
  FwdEvents fetched;
  std::optional<Error> wrong;
  auto on_event = [&](nl_msg* message) -> int {
    if (::nlmsg_hdr(message)->nlmsg_type != family_) {
      if (!tells_end_of(family_, ::nlmsg_hdr(message))) return NL_OK;
      wrong = Error{fmt::format("{}: it has been unloaded", cannot_listen),
                    "load the module and run the command again: modprobe vhost_vsock_fwd"};
      return NL_STOP;
    }
    auto event = read_event(::nlmsg_hdr(message));
    if (!event) {
      wrong = event.error();
      return NL_STOP;
    }
    if (*event) fetched.events.push_back(**event);
    return NL_OK;
  };
  handle(socket_.get(), NL_CB_VALID, on_event);

  const Callbacks callbacks(::nl_socket_get_cb(socket_.get()));
  for (int count = 0; count < fetch_limit; ++count) {
    const int status = ::nl_recvmsgs_report(socket_.get(), callbacks.get());
    if (wrong) return Failure(std::move(*wrong));
    if (status == 0 || status == -NLE_AGAIN) break;
    if (status == -NLE_NOMEM) {
      // ENOBUFS. What waits now is from before the loss: the kernel lets nothing in before the
      // listener has caught up.
      fetched.lost = true;
    } else if (status < 0) {
      return failure(status, cannot_listen);
    }
  }
  return fetched;
}

}  // namespace vsockfwd
