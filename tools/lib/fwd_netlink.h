// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_FWD_NETLINK_H
#define VSOCKFWD_LIB_FWD_NETLINK_H

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "lib/cid.h"
#include "lib/fwd_report.h"
#include "lib/result.h"

struct nl_sock;

namespace vsockfwd {

struct NetlinkSocketDeleter {
  void operator()(nl_sock* socket) const;
};
using NetlinkSocket = std::unique_ptr<nl_sock, NetlinkSocketDeleter>;

/// What takes a kernel with the module. Both return 0 or a negative error code of libnl.
struct Netlink {
  /// Connects the socket to generic netlink.
  std::function<int(nl_sock* socket)> connect;
  /// Lets the socket receive what is sent to a group.
  std::function<int(nl_sock* socket, int group)> join;
};

/// The kernel's own generic netlink.
Netlink system_netlink();

/// Asks the module what there is. One object at a time may be used by one thread.
class FwdNetlink {
 public:
  /// Finds the module's family. The code of the error is ENOENT if there is none.
  static Result<FwdNetlink> open(const Netlink& netlink);

  /// The rules of one guest, or all, oldest first. Rules that come or go meanwhile may be missing
  /// or still be there; every other one is there exactly once.
  [[nodiscard]] Result<std::vector<RuleReport>> rules(std::optional<Cid> guest = {}) const;

  /// The connections of one guest that has rules, or of all, at one moment.
  [[nodiscard]] Result<std::vector<FlowReport>> flows(std::optional<Cid> guest = {}) const;

 private:
  FwdNetlink(NetlinkSocket socket, int family);

  NetlinkSocket socket_;
  int family_;
};

/// What has happened.
struct FwdEvents {
  /// In order.
  std::vector<FwdEvent> events;
  /// Whether later ones are missing, because they came faster than they were fetched, or the kernel
  /// was short of memory.
  bool lost = false;
};

/// Listens to the module. One object at a time may be used by one thread.
class FwdListener {
 public:
  /// From now on, what happens is kept until it is fetched, as far as there is room.
  static Result<FwdListener> open(const Netlink& netlink);

  /// Waits until there is something to fetch.
  [[nodiscard]] Result<void> wait() const;

  /// What has happened since the last call, some of it at least; nothing if nothing has. What comes
  /// after a loss is left out: a new listener and a look at what there is go on from there. Fails
  /// if the module has been unloaded; one that is loaded then is not heard.
  [[nodiscard]] Result<FwdEvents> fetch() const;

 private:
  FwdListener(NetlinkSocket socket, int family);

  NetlinkSocket socket_;
  int family_;
};

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_FWD_NETLINK_H
