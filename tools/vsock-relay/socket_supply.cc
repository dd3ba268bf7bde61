// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/socket_supply.h"

#include <utility>
#include <variant>

#include "lib/log.h"
#include "vsock-relay/listen_sockets.h"

namespace vsockfwd::relay {

void SocketSupply::offer(const Listener& listener, const ListenSockets& sockets) {
  offers_.emplace(format_address(listener.address), Offer{listener.options, sockets});
}

Result<ListenSockets> SocketSupply::take(const Listener& listener) {
  const auto offer = offers_.find(format_address(listener.address));
  if (offer == offers_.end()) return open(listener);

  taken_.push_back(std::move(offer->second));
  offers_.erase(offer);
  const auto& sockets = taken_.back().sockets;
  return change_options(sockets, listener.options).map([&] { return sockets; });
}

void SocketSupply::roll_back() {
  for (const auto& [options, sockets] : taken_) {
    if (const auto restored = change_options(sockets, options); !restored) {
      log(Priority::warning, restored.error());
    }
  }
}

Result<ListenSockets> SocketSupply::open(const Listener& listener) const {
  if (const auto* const inherited = std::get_if<InheritedAddress>(&listener.address)) {
    return inherited_.prepare(*inherited, listener.options);
  }
  return open_listen_sockets(listener.address, listener.options);
}

}  // namespace vsockfwd::relay
