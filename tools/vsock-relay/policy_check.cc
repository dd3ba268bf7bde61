// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/policy_check.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <string_view>
#include <variant>

#include "lib/socket_address.h"

namespace vsockfwd::relay {
namespace {

/// A list of peers, and the sockets that it is for.
struct Kind {
  std::string_view list;
  std::string_view sockets;
  /// Whom to put in the list.
  std::string_view hint;
  bool (*is_given)(const PeerPolicy& policy);
  bool (*has)(sa_family_t family);
};

constexpr std::array kinds = {
    Kind{"allow_cids", "vsock", "allow_cids says who may connect to it",
         [](const PeerPolicy& policy) { return !policy.cids.empty(); },
         [](sa_family_t family) { return family == AF_VSOCK; }},
    Kind{"allow_networks", "TCP", "allow_networks says who may connect to it; ::/0 is everybody",
         [](const PeerPolicy& policy) { return !policy.networks.empty(); },
         [](sa_family_t family) { return family == AF_INET || family == AF_INET6; }},
    Kind{"allow_uids", "unix", "allow_uids says who may connect to it",
         [](const PeerPolicy& policy) { return !policy.uids.empty(); },
         [](sa_family_t family) { return family == AF_UNIX; }},
};

bool is_for(const Kind& kind, const ListenSocket& socket) {
  return kind.has(local_address(socket.fd.get()).family());
}

/// A list without effect is one that somebody counts on.
Result<void> check_lists(const PeerPolicy& policy, const std::array<ListenSockets, 2>& sockets) {
  for (const auto& kind : kinds) {
    const bool has_effect = std::ranges::any_of(sockets, [&](const ListenSockets& side) {
      return std::ranges::any_of(side, [&](const auto& socket) { return is_for(kind, *socket); });
    });
    if (!kind.is_given(policy) || has_effect) continue;
    return Failure(Error{
        fmt::format("{} has no effect: no {} socket was handed over", kind.list, kind.sockets),
        "leave it out, or change the socket unit", 0});
  }
  return {};
}

Result<void> check_sockets(const Listener& listener, const ListenSockets& sockets) {
  const auto is_given = [&](const Kind& kind) { return kind.is_given(listener.allow); };
  const auto given = std::ranges::find_if(kinds, is_given);
  if (given == kinds.end()) return {};
  for (const auto& socket : sockets) {
    const auto own =
        std::ranges::find_if(kinds, [&](const Kind& kind) { return is_for(kind, *socket); });
    if (is_given(*own)) continue;
    return Failure(Error{fmt::format("{:?} has a {} socket, which is open to everybody: {} is not "
                                     "for it",
                                     format_address(listener.address), own->sockets, given->list),
                         std::string(own->hint), 0});
  }
  return {};
}

}  // namespace

Result<void> check_policies(const Pair& pair, const std::array<ListenSockets, 2>& sockets) {
  const std::array ends = {&pair.from, &pair.to};
  for (std::size_t side = 0; side < ends.size(); ++side) {
    const auto* const listener = std::get_if<Listener>(ends[side]);
    if (listener == nullptr || !std::holds_alternative<InheritedAddress>(listener->address)) {
      continue;
    }
    if (auto fine = check_lists(listener->allow, sockets); !fine) return fine;
    if (auto fine = check_sockets(*listener, sockets[side]); !fine) return fine;
  }
  return {};
}

}  // namespace vsockfwd::relay
