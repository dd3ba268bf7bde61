// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_INHERITED_SOCKETS_H
#define VSOCKFWD_LIB_INHERITED_SOCKETS_H

#include <map>
#include <string>

#include "lib/address.h"
#include "lib/listen_socket.h"
#include "lib/result.h"
#include "lib/service_manager.h"

namespace vsockfwd {

/// The sockets that the service manager handed over. They stay open while no configuration names
/// them: another one may.
class InheritedSockets {
 public:
  InheritedSockets() = default;
  explicit InheritedSockets(SocketsByName sockets);

  /// The sockets of one name, ready to accept. Fails if there are none, if they do not listen, or
  /// if they are of a kind that we do not serve.
  [[nodiscard]] Result<ListenSockets> prepare(const InheritedAddress& address,
                                              const ListenOptions& options) const;

 private:
  std::map<std::string, ListenSockets> by_name_;
};

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_INHERITED_SOCKETS_H
