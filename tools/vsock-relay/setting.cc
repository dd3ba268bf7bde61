// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/setting.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "lib/daemon_setting.h"
#include "lib/number.h"
#include "lib/setting_words.h"

namespace vsockfwd::relay {
namespace {

constexpr std::uint32_t most_connections = 1'000'000;
constexpr std::uint32_t most_workers = 1024;

Failure refuse(std::string message, std::string hint) {
  return Failure(Error{std::move(message), std::move(hint)});
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

Result<Family> parse_family(std::string_view word) {
  if (word == "any") return Family::any;
  if (word == "ipv4") return Family::ipv4;
  if (word == "ipv6") return Family::ipv6;
  return refuse(fmt::format("{:?} is no family of addresses", word), "one of: any, ipv4, ipv6");
}

Result<std::uint32_t> parse_connections(std::string_view word) {
  return parse_count(word, 1, most_connections);
}

Result<std::uint32_t> parse_any_number(std::string_view word) {
  return parse_count(word, 0, std::numeric_limits<std::uint32_t>::max());
}

Result<std::uint32_t> parse_workers(std::string_view word) {
  return parse_count(word, 0, most_workers);
}

template <auto parse, auto... members>
constexpr auto of_pair = set_member<PairDraft, parse, members...>;

template <auto parse, auto... members>
constexpr auto of_program = set_member<Draft, parse, &Draft::config, members...>;

using PairSetting = Setting<PairDraft>;

constexpr auto pair_table = join_settings(
    std::array{
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
        PairSetting{
            "half_closed_timeout", "--half-closed-timeout", "TIME", Form::string,
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
    },
    listen_settings<PairDraft, &PairDraft::listen_options>);

using ProgramSetting = Setting<Draft>;

constexpr auto program_table = join_settings(
    std::array{
        ProgramSetting{"max_connections", "", "N", Form::integer,
                       "connections of all pairs at once (default: 100000)",
                       of_program<parse_connections, &Config::limits, &Limits::max_connections>},
        ProgramSetting{
            "max_connections_per_peer", "", "N", Form::integer,
            "connections of all pairs with one CID, IP address or user",
            of_program<parse_connections, &Config::limits, &Limits::max_connections_per_peer>},
        ProgramSetting{"max_rate", "", "N", Form::integer, "new connections a second of all pairs",
                       of_program<parse_connections, &Config::limits, &Limits::max_rate>},
        ProgramSetting{"workers", "--workers", "N", Form::integer,
                       "threads that copy, 0 for one a processor (default: 0)",
                       of_program<parse_workers, &Config::workers>},
        ProgramSetting{"setup_lo", "--setup-lo", "", Form::boolean,
                       "bring the loopback interface up, as inside an enclave",
                       of_program<parse_boolean, &Config::setup_lo>, "true"},
        ProgramSetting{"target_allowlist", "--target-allowlist", "FILE", Form::string,
                       "refuse TCP targets that this allowlist of vsock-proxy lacks",
                       of_program<parse_text, &Config::target_allowlist>},
    },
    daemon_settings<Draft, &Draft::config, &Config::daemon>);

}  // namespace

std::span<const Setting<PairDraft>> pair_settings() {
  return pair_table;
}

std::span<const Setting<Draft>> program_settings() {
  return program_table;
}

}  // namespace vsockfwd::relay
