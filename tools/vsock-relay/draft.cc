// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "lib/socket_address.h"
#include "vsock-relay/setting.h"

namespace vsockfwd::relay {
namespace {

/// What stands in front of every complaint about a pair. The command line has only one.
std::string title(const PairDraft& draft) {
  if (draft.place.empty()) return {};
  return fmt::format("{}: pair {:?}: ", draft.place, draft.pair.name);
}

/// A setting as its author knows it: a key, or an option.
std::string_view spelling(const PairDraft& draft, std::string_view key) {
  if (!draft.place.empty()) return key;
  const auto settings = pair_settings();
  return std::find_if(settings.begin(), settings.end(),
                      [key](const Setting<PairDraft>& setting) { return setting.key == key; })
      ->option;
}

Failure refuse(const PairDraft& draft, std::string_view reason, std::string hint) {
  return Failure(Error{title(draft) + std::string(reason), std::move(hint)});
}

/// A setting that does nothing without an address of some kind.
struct Need {
  std::string_view key;
  std::string_view what;
  bool (*is_met)(const PairDraft& draft);
};

/// The addresses of a pair that listen, or that connect.
std::vector<Address> both(const std::vector<Address>& first, const std::vector<Address>& second) {
  auto all = first;
  all.insert(all.end(), second.begin(), second.end());
  return all;
}

std::vector<Address> listeners(const PairDraft& draft) {
  return both(draft.from, draft.listen);
}

std::vector<Address> targets(const PairDraft& draft) {
  return both(draft.to, draft.connect);
}

template <typename... Kinds>
bool any_is(const std::vector<Address>& addresses) {
  return std::any_of(addresses.begin(), addresses.end(), [](const Address& address) {
    return (std::holds_alternative<Kinds>(address) || ...);
  });
}

/// What a socket from the service manager is, only the engine finds out.
template <typename... Kinds>
bool listens_on(const PairDraft& draft) {
  return any_is<InheritedAddress, Kinds...>(listeners(draft));
}

bool connects(const PairDraft& draft) {
  return !targets(draft).empty();
}

bool makes_unix_sockets(const PairDraft& draft) {
  return any_is<UnixAddress, HybridListenAddress>(listeners(draft));
}

constexpr std::string_view unix_listener = "an address unix: or hvsock-listen: to listen on";
constexpr std::string_view any_target = "an address to connect to";

constexpr std::array needs = {
    Need{"allow_cids", "an address vsock: to listen on", listens_on<VsockAddress>},
    Need{"allow_networks", "an address tcp: to listen on", listens_on<TcpAddress>},
    Need{"allow_uids", unix_listener, listens_on<UnixAddress, HybridListenAddress>},
    Need{"mode", unix_listener, makes_unix_sockets},
    Need{"group", unix_listener, makes_unix_sockets},
    Need{"backlog", "an address to listen on",
         [](const PairDraft& draft) { return !listeners(draft).empty(); }},
    Need{"attempts", any_target, connects},
    Need{"backoff", any_target, connects},
    Need{"backoff_max", any_target, connects},
    Need{"connect_timeout", any_target, connects},
    Need{"family", "an address tcp: to connect to",
         [](const PairDraft& draft) { return any_is<TcpAddress>(targets(draft)); }},
    Need{"hold", "a rendezvous",
         [](const PairDraft& draft) { return draft.from.empty() && draft.to.empty(); }},
};

/// A setting without effect may be a policy that somebody counts on.
Result<void> check_needs(const PairDraft& draft) {
  for (const auto& [key, what, is_met] : needs) {
    if (draft.given.contains(key) && !is_met(draft)) {
      return refuse(draft, fmt::format("{} has no effect without {}", spelling(draft, key), what),
                    "leave it out");
    }
  }
  return {};
}

Result<void> check_shape(const PairDraft& draft) {
  const std::array counts = {draft.from.size(), draft.to.size(), draft.listen.size(),
                             draft.connect.size()};
  const auto& [from, to, listen, connect] = counts;
  const bool relay = from == 1 && to >= 1 && listen == 0 && connect == 0;
  const bool rendezvous =
      from == 0 && to == 0 && ((listen == 2 && connect == 0) || (listen == 0 && connect == 2));
  if (relay || rendezvous) return {};
  const auto spell = [&draft](std::string_view key) { return spelling(draft, key); };
  return refuse(
      draft,
      fmt::format("the addresses make no pair: {} {}, {} {}, {} {}, {} {}", from, spell("from"), to,
                  spell("to"), listen, spell("listen"), connect, spell("connect")),
      fmt::format("give one {} and at least one {}, or two {}, or two {}", spell("from"),
                  spell("to"), spell("listen"), spell("connect")));
}

/// A target in figures has one address; a family that leaves it none is a mistake.
Result<void> check_family(const PairDraft& draft) {
  const auto family = draft.dialer.family;
  for (const auto& target : targets(draft)) {
    const auto* const tcp = std::get_if<TcpAddress>(&target);
    const auto figures = tcp == nullptr ? std::nullopt : SocketAddress::ip(tcp->host, tcp->port);
    if (figures && !has(family, figures->family())) {
      return refuse(draft,
                    fmt::format("{:?} has no {} address", format_address(target),
                                family == Family::ipv4 ? "IPv4" : "IPv6"),
                    "leave the family out, or name an address of it");
    }
  }
  return {};
}

std::string default_name(const PairDraft& draft) {
  for (const auto* const addresses : {&draft.from, &draft.listen, &draft.connect, &draft.to}) {
    if (!addresses->empty()) return format_address(addresses->front());
  }
  return {};
}

Result<Pair> finish(PairDraft draft) {
  if (auto fine = check_shape(draft); !fine) return Failure(std::move(fine.error()));
  if (auto fine = check_needs(draft); !fine) return Failure(std::move(fine.error()));
  if (auto fine = check_family(draft); !fine) return Failure(std::move(fine.error()));
  if (draft.dialer.backoff > draft.dialer.backoff_max) {
    return refuse(draft,
                  fmt::format("{} of {} ms is longer than {} of {} ms", spelling(draft, "backoff"),
                              draft.dialer.backoff.count(), spelling(draft, "backoff_max"),
                              draft.dialer.backoff_max.count()),
                  "give both");
  }

  const auto listener = [&draft](const Address& address) {
    return Listener{address, draft.listen_options, draft.allow};
  };
  const auto dialer = [&draft](std::vector<Address> to) {
    auto result = draft.dialer;
    result.targets = std::move(to);
    return result;
  };
  if (!draft.from.empty()) {
    draft.pair.from = listener(draft.from[0]);
    draft.pair.to = dialer(draft.to);
  } else if (!draft.listen.empty()) {
    draft.pair.from = listener(draft.listen[0]);
    draft.pair.to = listener(draft.listen[1]);
  } else {
    // Nobody comes again to cause another attempt.
    if (!draft.given.contains("attempts")) draft.dialer.attempts = 0;
    draft.pair.from = dialer({draft.connect[0]});
    draft.pair.to = dialer({draft.connect[1]});
  }
  return std::move(draft.pair);
}

/// Whether the kernel chooses a port, so that two listeners can have the same address.
bool has_port_zero(const Address& address) {
  const auto* const tcp = std::get_if<TcpAddress>(&address);
  const auto* const vsock = std::get_if<VsockAddress>(&address);
  return (tcp != nullptr && tcp->port == 0) || (vsock != nullptr && vsock->port == 0);
}

/// Finds names and listening addresses that are used twice.
class Uniqueness {
 public:
  Result<void> add(const PairDraft& draft) {
    const auto& name = draft.pair.name;
    if (!names_.insert(name).second) {
      return refuse(draft, fmt::format("another pair is called {:?}", name),
                    "give each pair a name of its own");
    }
    for (const auto& address : listeners(draft)) {
      auto word = format_address(address);
      if (!has_port_zero(address) && !addresses_.insert(word).second) {
        return refuse(draft, fmt::format("{:?} is listened on twice", word),
                      "listen on each address once; several targets can follow \"to\"");
      }
    }
    return {};
  }

 private:
  std::set<std::string> names_;
  std::set<std::string> addresses_;
};

}  // namespace

Result<Config> finish(Draft draft) {
  if (draft.pairs.empty()) {
    return Failure(Error{"there is no pair of addresses", "write at least one [[pair]]"});
  }
  Uniqueness uniqueness;
  for (auto& pair_draft : draft.pairs) {
    if (pair_draft.pair.name.empty()) pair_draft.pair.name = default_name(pair_draft);
    auto pair = finish(pair_draft);
    if (!pair) return Failure(std::move(pair.error()));
    if (auto unique = uniqueness.add(pair_draft); !unique)
      return Failure(std::move(unique.error()));
    draft.config.pairs.push_back(std::move(*pair));
  }
  return std::move(draft.config);
}

}  // namespace vsockfwd::relay
