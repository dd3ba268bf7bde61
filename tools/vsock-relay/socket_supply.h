// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_SOCKET_SUPPLY_H
#define VSOCKFWD_VSOCK_RELAY_SOCKET_SUPPLY_H

#include <map>
#include <string>
#include <vector>

#include "lib/inherited_sockets.h"
#include "lib/listen_socket.h"
#include "lib/result.h"
#include "vsock-relay/config.h"

namespace vsockfwd::relay {

/// Where the listening sockets of a new configuration come from: those that listen at the same
/// address now are used again, the others are opened.
class SocketSupply {
 public:
  /// `inherited` stays with the caller, who keeps those that no configuration names.
  explicit SocketSupply(const InheritedSockets& inherited) : inherited_(inherited) {}

  /// Offers the sockets of a listener that is about to stop.
  void offer(const Listener& listener, const ListenSockets& sockets);

  /// Sockets that listen as `listener` says.
  Result<ListenSockets> take(const Listener& listener);

  /// Undoes take() as far as others can see: the new configuration is not to be.
  void roll_back();

 private:
  struct Offer {
    ListenOptions options;
    ListenSockets sockets;
  };

  /// Opens sockets, or finds those that are inherited.
  [[nodiscard]] Result<ListenSockets> open(const Listener& listener) const;

  const InheritedSockets& inherited_;
  /// By address.
  std::multimap<std::string, Offer> offers_;
  std::vector<Offer> taken_;
};

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_SOCKET_SUPPLY_H
