// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/setting.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <type_traits>
#include <utility>

#include "lib/number.h"

namespace vsockfwd::relay {
namespace {

constexpr std::uint32_t most_connections = 1'000'000;
constexpr std::uint32_t most_workers = 1024;
constexpr std::chrono::hours longest_time{24 * 365};
constexpr std::size_t longest_name = 128;

Failure refuse(std::string message, std::string hint) {
  return Failure(Error{std::move(message), std::move(hint)});
}

Result<std::uint32_t> parse_number(std::string_view word, std::uint32_t first, std::uint32_t last) {
  if (const auto number = parse_decimal<std::uint32_t>(word, first, last)) return *number;
  return refuse(fmt::format("{:?} is no number from {} to {}", word, first, last),
                "write it with digits only");
}

struct TimeUnit {
  std::string_view name;
  milliseconds length;
};

constexpr std::array time_units = {
    TimeUnit{"ms", milliseconds(1)},
    TimeUnit{"s", std::chrono::seconds(1)},
    TimeUnit{"m", std::chrono::minutes(1)},
    TimeUnit{"h", std::chrono::hours(1)},
};

Result<milliseconds> parse_time(std::string_view word, milliseconds shortest) {
  const auto digits = word.substr(0, std::min(word.find_first_not_of("0123456789"), word.size()));
  const auto count = parse_decimal<std::uint32_t>(digits);
  const auto* const unit = std::find_if(
      time_units.begin(), time_units.end(),
      [&](const TimeUnit& candidate) { return candidate.name == word.substr(digits.size()); });
  if (count && unit != time_units.end()) {
    const auto time = *count * unit->length;
    if (time >= shortest && time <= longest_time) return time;
  }
  return refuse(
      fmt::format("{:?} is no time from {}ms to {}h", word, shortest.count(), longest_time.count()),
      "write a number and one of: ms, s, m, h, as in 500ms or 30s");
}

Result<bool> parse_boolean(std::string_view word) {
  if (word == "true") return true;
  if (word == "false") return false;
  return refuse(fmt::format("{:?} is neither true nor false", word), "write true or false");
}

Result<std::string> parse_network(std::string_view word) {
  const auto slash = word.find('/');
  const auto address = std::string(word.substr(0, slash));
  in6_addr bytes;
  const bool ipv4 = ::inet_pton(AF_INET, address.c_str(), &bytes) == 1;
  const bool ipv6 = !ipv4 && ::inet_pton(AF_INET6, address.c_str(), &bytes) == 1;
  const bool length_fits =
      slash == std::string_view::npos ||
      parse_decimal<std::uint32_t>(word.substr(slash + 1), 0, ipv4 ? 32 : 128).has_value();
  if ((ipv4 || ipv6) && length_fits) return std::string(word);
  return refuse(fmt::format("{:?} is no network", word),
                "write ADDRESS or ADDRESS/LENGTH, as in 10.0.0.0/8 or ::1");
}

Result<std::uint32_t> parse_mode(std::string_view word) {
  std::uint32_t mode = 0;
  const bool octal = !word.empty() && std::all_of(word.begin(), word.end(), [](char digit) {
    return digit >= '0' && digit <= '7';
  });
  if (octal && word.size() <= 5) {
    for (const char digit : word) mode = mode * 8 + static_cast<std::uint32_t>(digit - '0');
    if (mode <= 0777) return mode;
  }
  return refuse(fmt::format("{:?} is no mode of a socket", word),
                "write it in octal, from 0000 to 0777, as in 0660");
}

/// A name that is fine in logs, metrics and commands alike.
Result<std::string> parse_name(std::string_view word) {
  const bool printable = std::all_of(word.begin(), word.end(), [](char letter) {
    return letter > ' ' && letter < '\x7f' && letter != '"' && letter != '\\';
  });
  if (printable && !word.empty() && word.size() <= longest_name) return std::string(word);
  return refuse(fmt::format("{:?} is no name", word),
                fmt::format("write up to {} letters, digits and signs, without blanks and quotes",
                            longest_name));
}

Result<std::string> parse_text(std::string_view word) {
  if (!word.empty() && word.find('\0') == std::string_view::npos) return std::string(word);
  return refuse(fmt::format("{:?} is empty or no text", word), "leave it out or write something");
}

Result<Family> parse_family(std::string_view word) {
  if (word == "any") return Family::any;
  if (word == "ipv4") return Family::ipv4;
  if (word == "ipv6") return Family::ipv6;
  return refuse(fmt::format("{:?} is no family of addresses", word), "one of: any, ipv4, ipv6");
}

/// What the metrics say is nobody's business beyond this machine.
Result<Address> parse_metrics_address(std::string_view word) {
  auto address = parse_address(word, AddressUse::listen);
  if (!address || std::holds_alternative<UnixAddress>(*address)) return address;
  if (const auto* const tcp = std::get_if<TcpAddress>(&*address)) {
    in_addr bytes;
    const bool ipv4 = ::inet_pton(AF_INET, tcp->host.c_str(), &bytes) == 1;
    if ((ipv4 && tcp->host.starts_with("127.")) || tcp->host == "::1") return address;
  }
  return refuse(fmt::format("{:?} is no address for metrics", word),
                "one of: unix:PATH, tcp:127.0.0.1:PORT, tcp:[::1]:PORT");
}

/// Not an abstract socket: whoever knows its name may connect.
Result<std::string> parse_control_path(std::string_view word) {
  if (word.starts_with('@')) {
    return refuse(fmt::format("{:?} is no path", word), "write the path of a socket to be made");
  }
  return parse_address(fmt::format("unix:{}", word), AddressUse::listen)
      .map([](const Address& address) { return std::get<UnixAddress>(address).path; });
}

Result<Address> parse_listener(std::string_view word) {
  return parse_address(word, AddressUse::listen);
}

Result<Address> parse_target(std::string_view word) {
  return parse_address(word, AddressUse::connect);
}

Result<std::uint32_t> parse_connections(std::string_view word) {
  return parse_number(word, 1, most_connections);
}

Result<std::uint32_t> parse_any_number(std::string_view word) {
  return parse_number(word, 0, std::numeric_limits<std::uint32_t>::max());
}

Result<std::uint32_t> parse_workers(std::string_view word) {
  return parse_number(word, 0, most_workers);
}

Result<int> parse_backlog(std::string_view word) {
  return parse_number(word, 1, most_connections).map([](std::uint32_t number) {
    return static_cast<int>(number);
  });
}

Result<milliseconds> parse_limit(std::string_view word) {
  return parse_time(word, milliseconds(1));
}

Result<milliseconds> parse_grace(std::string_view word) {
  return parse_time(word, milliseconds(0));
}

/// Reads a word with `parse` and puts the value where the members lead, or adds it to the list
/// there.
template <typename Target, auto parse, auto... members>
Result<void> into(Target& target, std::string_view word) {
  auto value = parse(word);
  if (!value) return Failure(std::move(value.error()));
  auto& field = (target.*....*members);
  if constexpr (requires { field.push_back(*value); } &&
                !std::is_same_v<std::decay_t<decltype(field)>, std::string>) {
    field.push_back(std::move(*value));
  } else {
    field = std::move(*value);
  }
  return {};
}

template <auto parse, auto... members>
constexpr auto of_pair = into<PairDraft, parse, members...>;

template <auto parse, auto... members>
constexpr auto of_program = into<Draft, parse, members...>;

using PairSetting = Setting<PairDraft>;

constexpr std::array pair_table = {
    PairSetting{"name", "--name", "NAME", Form::string,
                "name in logs, metrics and status (default: its first address)",
                of_pair<parse_name, &PairDraft::pair, &Pair::name>},
    PairSetting{"from", "--from", "ADDRESS", Form::string, "listen here",
                of_pair<parse_listener, &PairDraft::from>},
    PairSetting{"to", "--to", "ADDRESS", Form::list,
                "connect there; several targets are tried in turn",
                of_pair<parse_target, &PairDraft::to>},
    PairSetting{"listen", "--listen", "ADDRESS", Form::list,
                "of a rendezvous: listen on these two, and join their connections in pairs",
                of_pair<parse_listener, &PairDraft::listen>},
    PairSetting{"connect", "--connect", "ADDRESS", Form::list,
                "of a rendezvous: connect to these two, and join the connections",
                of_pair<parse_target, &PairDraft::connect>},
    PairSetting{
        "max_connections", "--max-connections", "N", Form::integer,
        "connections at once; more of them wait (default: 1024)",
        of_pair<parse_connections, &PairDraft::pair, &Pair::limits, &Limits::max_connections>},
    PairSetting{"max_connections_per_peer", "--max-connections-per-peer", "N", Form::integer,
                "connections at once of one CID, IP address or user",
                of_pair<parse_connections, &PairDraft::pair, &Pair::limits,
                        &Limits::max_connections_per_peer>},
    PairSetting{"max_rate", "--max-rate", "N", Form::integer, "new connections a second",
                of_pair<parse_connections, &PairDraft::pair, &Pair::limits, &Limits::max_rate>},
    PairSetting{"allow_cids", "--allow-cid", "CID", Form::list,
                "take only this peer on vsock; may be repeated",
                of_pair<parse_cid, &PairDraft::allow, &PeerPolicy::cids>},
    PairSetting{"allow_networks", "--allow-network", "NETWORK", Form::list,
                "take only peers of this network on TCP; may be repeated",
                of_pair<parse_network, &PairDraft::allow, &PeerPolicy::networks>},
    PairSetting{"allow_uids", "--allow-uid", "UID", Form::list,
                "take only this user on unix sockets; may be repeated",
                of_pair<parse_any_number, &PairDraft::allow, &PeerPolicy::uids>},
    PairSetting{"connect_timeout", "--connect-timeout", "TIME", Form::string,
                "for one attempt to connect (default: 10s)",
                of_pair<parse_limit, &PairDraft::pair, &Pair::timeouts, &Timeouts::connect>},
    PairSetting{"idle_timeout", "--idle-timeout", "TIME", Form::string,
                "end a connection without traffic after this time",
                of_pair<parse_limit, &PairDraft::pair, &Pair::timeouts, &Timeouts::idle>},
    PairSetting{"half_closed_timeout", "--half-closed-timeout", "TIME", Form::string,
                "end a connection this time after one of its directions has ended",
                of_pair<parse_limit, &PairDraft::pair, &Pair::timeouts, &Timeouts::half_closed>},
    PairSetting{"half_close", "--no-half-close", "", Form::boolean,
                "end both directions of a connection as soon as one ends",
                of_pair<parse_boolean, &PairDraft::pair, &Pair::half_close>, "false"},
    PairSetting{"attempts", "--attempts", "N", Form::integer,
                "rounds through all targets, 0 for no end (default: 1; with --connect: 0)",
                of_pair<parse_any_number, &PairDraft::dialer, &Dialer::attempts>},
    PairSetting{"backoff", "--backoff", "TIME", Form::string,
                "pause after the first round, doubled after each (default: 100ms)",
                of_pair<parse_limit, &PairDraft::dialer, &Dialer::backoff>},
    PairSetting{"backoff_max", "--backoff-max", "TIME", Form::string,
                "the longest pause (default: 10s)",
                of_pair<parse_limit, &PairDraft::dialer, &Dialer::backoff_max>},
    PairSetting{"family", "--family", "FAMILY", Form::string,
                "addresses of TCP targets: any, ipv4 or ipv6 (default: any)",
                of_pair<parse_family, &PairDraft::dialer, &Dialer::family>},
    PairSetting{"hold", "--hold", "TIME", Form::string,
                "how long one side of a rendezvous waits for the other (default: 60s)",
                of_pair<parse_limit, &PairDraft::pair, &Pair::hold>},
    PairSetting{"backlog", "--backlog", "N", Form::integer,
                "length of the queue of new connections (default: 1024)",
                of_pair<parse_backlog, &PairDraft::listen_options, &ListenOptions::backlog>},
    PairSetting{"mode", "--mode", "MODE", Form::string,
                "permissions of unix sockets (default: 0600)",
                of_pair<parse_mode, &PairDraft::listen_options, &ListenOptions::mode>},
    PairSetting{"group", "--group", "GROUP", Form::string, "group of unix sockets",
                of_pair<parse_text, &PairDraft::listen_options, &ListenOptions::group>},
};

using ProgramSetting = Setting<Draft>;

constexpr std::array program_table = {
    ProgramSetting{
        "max_connections", "", "N", Form::integer,
        "connections of all pairs at once (default: 100000)",
        of_program<parse_connections, &Draft::config, &Config::limits, &Limits::max_connections>},
    ProgramSetting{"max_connections_per_peer", "", "N", Form::integer,
                   "connections of all pairs with one CID, IP address or user",
                   of_program<parse_connections, &Draft::config, &Config::limits,
                              &Limits::max_connections_per_peer>},
    ProgramSetting{
        "max_rate", "", "N", Form::integer, "new connections a second of all pairs",
        of_program<parse_connections, &Draft::config, &Config::limits, &Limits::max_rate>},
    ProgramSetting{"workers", "--workers", "N", Form::integer,
                   "threads that copy, 0 for one a processor (default: 0)",
                   of_program<parse_workers, &Draft::config, &Config::workers>},
    ProgramSetting{"drain", "--drain", "TIME", Form::string,
                   "how long connections may go on after SIGTERM (default: 30s)",
                   of_program<parse_grace, &Draft::config, &Config::drain>},
    ProgramSetting{"metrics", "--metrics", "ADDRESS", Form::string,
                   "serve metrics for Prometheus here, over HTTP",
                   of_program<parse_metrics_address, &Draft::config, &Config::metrics,
                              &MetricsOptions::address>},
    ProgramSetting{"control", "--control", "PATH", Form::string,
                   "socket that answers \"vsock-relay status\"",
                   of_program<parse_control_path, &Draft::config, &Config::control_path>},
    ProgramSetting{"log_level", "--log-level", "LEVEL", Form::string,
                   "error, warning, notice, info or debug (default: info)",
                   of_program<parse_priority, &Draft::config, &Config::log_limit>},
    ProgramSetting{"setup_lo", "--setup-lo", "", Form::boolean,
                   "bring the loopback interface up, as inside an enclave",
                   of_program<parse_boolean, &Draft::config, &Config::setup_lo>, "true"},
    ProgramSetting{"target_allowlist", "--target-allowlist", "FILE", Form::string,
                   "refuse TCP targets that this allowlist of vsock-proxy lacks",
                   of_program<parse_text, &Draft::config, &Config::target_allowlist>},
};

}  // namespace

std::span<const Setting<PairDraft>> pair_settings() {
  return pair_table;
}

std::span<const Setting<Draft>> program_settings() {
  return program_table;
}

}  // namespace vsockfwd::relay
