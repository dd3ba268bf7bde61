// SPDX-License-Identifier: Apache-2.0
#include "lib/setting_words.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "lib/number.h"
#include "lib/socket_address.h"

namespace vsockfwd {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::hours longest_time{24 * 365};
constexpr std::size_t longest_name = 128;
constexpr std::uint32_t longest_backlog = 1'000'000;

Failure refuse(std::string message, std::string hint) {
  return Failure(Error{std::move(message), std::move(hint)});
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

}  // namespace

Result<std::uint32_t> parse_count(std::string_view word, std::uint32_t first, std::uint32_t last) {
  if (const auto number = parse_decimal<std::uint32_t>(word, first, last)) return *number;
  return refuse(fmt::format("{:?} is no number from {} to {}", word, first, last),
                "write it with digits only");
}

Result<int> parse_backlog(std::string_view word) {
  return parse_count(word, 1, longest_backlog).map([](std::uint32_t number) {
    return static_cast<int>(number);
  });
}

Result<bool> parse_boolean(std::string_view word) {
  if (word == "true") return true;
  if (word == "false") return false;
  return refuse(fmt::format("{:?} is neither true nor false", word), "write true or false");
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

Result<std::string> parse_control_path(std::string_view word) {
  constexpr std::string_view scheme = "unix:";
  if (word.empty()) return refuse("the path of the socket is empty", "leave it out or write one");
  if (word.starts_with(scheme)) {
    return refuse(fmt::format("{:?} is no path", word),
                  fmt::format("write the bare path, without {:?}", scheme));
  }
  if (word.starts_with('@') || word.find('\0') != std::string_view::npos) {
    return refuse(fmt::format("{:?} is no path", word), "write the path of a socket to be made");
  }
  std::string path(word);
  return SocketAddress::unix_socket({path, false}).map([&path](const SocketAddress& /*fits*/) {
    return std::move(path);
  });
}

Result<Address> parse_listener(std::string_view word) {
  return parse_address(word, AddressUse::listen);
}

Result<Address> parse_target(std::string_view word) {
  return parse_address(word, AddressUse::connect);
}

Result<milliseconds> parse_limit(std::string_view word) {
  return parse_time(word, milliseconds(1));
}

Result<milliseconds> parse_grace(std::string_view word) {
  return parse_time(word, milliseconds(0));
}

}  // namespace vsockfwd
