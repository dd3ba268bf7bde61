// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/setting.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <utility>
#include <variant>

#include "lib/daemon_setting.h"
#include "lib/setting_words.h"

namespace vsockfwd::qgs {
namespace {

constexpr std::uint32_t most_threads = 255;
constexpr std::uint32_t most_requests = 1'000'000;
/// Clients give up one second later.
constexpr std::chrono::seconds longest_request_timeout{29};

Result<std::uint32_t> parse_threads(std::string_view word) {
  return parse_count(word, 1, most_threads);
}

Result<std::uint32_t> parse_requests(std::string_view word) {
  return parse_count(word, 1, most_requests);
}

Result<std::uint32_t> parse_port(std::string_view word) {
  return parse_count(word, 1, 0xfffffffe);
}

Result<milliseconds> parse_request_timeout(std::string_view word) {
  auto time = parse_limit(word);
  if (!time || *time <= longest_request_timeout) return time;
  return Failure(Error{fmt::format("{:?} is longer than clients wait", word),
                       fmt::format("at most {}s", longest_request_timeout.count())});
}

Result<Address> parse_front(std::string_view word) {
  auto address = parse_listener(word);
  if (!address || !std::holds_alternative<TcpAddress>(*address)) return address;
  return Failure(Error{fmt::format("{:?} is open to others than guests", word),
                       "one of: unix:PATH, vsock:any:PORT, hvsock-listen:PATH:PORT, fd:NAME"});
}

template <auto parse, auto... members>
constexpr auto of_program = set_member<Draft, parse, &Draft::config, members...>;

template <auto parse, auto member>
constexpr auto of_flags = set_member<FlagDraft, parse, member>;

using ServiceSetting = Setting<ServiceDraft>;
constexpr std::array service_table = {
    ServiceSetting{"address", "", "", Form::string, "where it listens",
                   set_member<ServiceDraft, parse_service, &ServiceDraft::address>},
    ServiceSetting{"threads", "", "", Form::integer, "requests that it works on at once",
                   set_member<ServiceDraft, parse_threads, &ServiceDraft::threads>},
};

using ListenerSetting = Setting<ListenerDraft>;
constexpr auto listener_table = join_settings(
    std::array{
        ListenerSetting{"address", "", "", Form::string, "where guests come in",
                        set_member<ListenerDraft, parse_front, &ListenerDraft::address>},
    },
    listen_settings<ListenerDraft, &ListenerDraft::options>);

using WatchSetting = Setting<WatchDraft>;
constexpr auto watch_table = join_settings(
    std::array{
        WatchSetting{"path", "", "", Form::string, "path of a guest's socket, with {guest}",
                     set_member<WatchDraft, parse_text, &WatchDraft::path>},
        WatchSetting{"port", "", "", Form::integer, "what {port} stands for",
                     set_member<WatchDraft, parse_port, &WatchDraft::port>},
    },
    listen_settings<WatchDraft, &WatchDraft::options>);

using FlagSetting = Setting<FlagDraft>;
constexpr auto flag_table = join_settings(
    std::array{
        FlagSetting{"qgs", "--qgs", "ADDRESS", Form::list,
                    "the service: a path or vsock:CID:PORT; may be repeated "
                    "(default: /var/run/tdx-qgs/qgs.socket)",
                    of_flags<parse_service, &FlagDraft::services>},
        FlagSetting{"threads", "--threads", "N", Form::integer,
                    "requests that a service works on at once (default: 4)",
                    of_flags<parse_threads, &FlagDraft::threads>},
        FlagSetting{"listen", "--listen", "ADDRESS", Form::list,
                    "guests come in here, as in vsock:any:4050; may be repeated",
                    of_flags<parse_front, &FlagDraft::listeners>},
        FlagSetting{"watch", "--watch", "PATH", Form::list,
                    "path of a guest's socket, as in /run/kata/{guest}/root/kata.hvsock_{port}; "
                    "may be repeated",
                    of_flags<parse_text, &FlagDraft::watches>},
        FlagSetting{"port", "--port", "N", Form::integer, "what {port} stands for (default: 4050)",
                    of_flags<parse_port, &FlagDraft::port>},
        FlagSetting{"vsock_path", "--vsock_path", "DIR", Form::string,
                    "without --listen and --watch: the folder of guests "
                    "(default: /var/lib/vc/dragonball)",
                    of_flags<parse_text, &FlagDraft::guest_folder>},
        FlagSetting{"vsock_name", "--vsock_name", "NAME", Form::string,
                    "and the socket in the folder of each (default: kata.hvsock_4050)",
                    of_flags<parse_text, &FlagDraft::socket_name>},
    },
    listen_settings<FlagDraft, &FlagDraft::options>);

using ProgramSetting = Setting<Draft>;
constexpr auto program_table = join_settings(
    std::array{
        ProgramSetting{"guest_connections", "--guest-connections", "N", Form::integer,
                       "open connections of one guest (default: 128)",
                       of_program<parse_requests, &Config::guest, &GuestLimits::connections>},
        ProgramSetting{"guest_queue", "--guest-queue", "N", Form::integer,
                       "waiting requests of one guest (default: 128)",
                       of_program<parse_requests, &Config::guest, &GuestLimits::queue>},
        ProgramSetting{"guest_rate", "--guest-rate", "N", Form::integer,
                       "requests of one guest in a second (default: no limit)",
                       of_program<parse_requests, &Config::guest, &GuestLimits::rate>},
        ProgramSetting{"max_connections", "--max-connections", "N", Form::integer,
                       "open connections of all guests (default: 16384)",
                       of_program<parse_requests, &Config::max_connections>},
        ProgramSetting{"max_queue", "--max-queue", "N", Form::integer,
                       "waiting requests of all guests (default: 8192)",
                       of_program<parse_requests, &Config::max_queue>},
        ProgramSetting{"request_timeout", "--request-timeout", "TIME", Form::string,
                       "from a request's first byte to its reply, at most 29s (default: 25s)",
                       of_program<parse_request_timeout, &Config::request_timeout>},
        ProgramSetting{"idle_timeout", "--idle-timeout", "TIME", Form::string,
                       "close a connection that asks nothing for this time (default: 30s)",
                       of_program<parse_limit, &Config::idle_timeout>},
        ProgramSetting{"health_interval", "--health-interval", "TIME", Form::string,
                       "ask a service that was silent for this time (default: 10s)",
                       of_program<parse_limit, &Config::health_interval>},
    },
    daemon_settings<Draft, &Draft::config, &Config::daemon>);

}  // namespace

Result<Address> parse_service(std::string_view word) {
  auto address =
      word.starts_with('/') ? parse_target(fmt::format("unix:{}", word)) : parse_target(word);
  if (!address || std::holds_alternative<UnixAddress>(*address) ||
      std::holds_alternative<VsockAddress>(*address)) {
    return address;
  }
  return Failure(Error{fmt::format("{:?} is no address of a service", word),
                       "one of: PATH, unix:PATH, vsock:CID:PORT"});
}

std::span<const Setting<ServiceDraft>> service_settings() {
  return service_table;
}

std::span<const Setting<ListenerDraft>> listener_settings() {
  return listener_table;
}

std::span<const Setting<WatchDraft>> watch_settings() {
  return watch_table;
}

std::span<const Setting<FlagDraft>> flag_settings() {
  return flag_table;
}

std::span<const Setting<Draft>> program_settings() {
  return program_table;
}

}  // namespace vsockfwd::qgs
