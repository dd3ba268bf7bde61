// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/allowlist.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

#include "lib/file.h"
#include "lib/number.h"

namespace vsockfwd::relay {
namespace {

constexpr std::string_view example =
    "an entry looks like {address: kms.us-east-1.amazonaws.com, port: 443}";

/// One spelling for each host.
std::string canonical(std::string host) {
  in6_addr bytes;
  std::array<char, INET6_ADDRSTRLEN> text;
  if (::inet_pton(AF_INET6, host.c_str(), &bytes) == 1) {
    return ::inet_ntop(AF_INET6, &bytes, text.data(), text.size());
  }
  std::transform(host.begin(), host.end(), host.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  // The final dot only says that the name is complete.
  if (host.ends_with('.')) host.pop_back();
  return host;
}

TcpAddress canonical(TcpAddress target) {
  target.host = canonical(std::move(target.host));
  return target;
}

Failure refuse(std::string_view path, const YAML::Mark& mark, std::string_view reason) {
  const auto place =
      mark.is_null() ? std::string() : fmt::format(":{}:{}", mark.line + 1, mark.column + 1);
  return Failure(Error{fmt::format("{}{}: {}", path, place, reason), std::string(example)});
}

Result<TcpAddress> parse_entry(const YAML::Node& entry, std::string_view path) {
  const auto member = [&entry](const char* name) {
    const YAML::Node node = entry.IsMap() ? entry[name] : YAML::Node();
    return node.IsDefined() && node.IsScalar() ? std::optional(node.Scalar()) : std::nullopt;
  };
  const auto host = member("address");
  if (!host || host->empty()) return refuse(path, entry.Mark(), "the entry has no address");
  const auto port_word = member("port");
  if (!port_word) return refuse(path, entry.Mark(), "the entry has no port");
  const auto port = parse_decimal<std::uint16_t>(*port_word, 1);
  if (!port) {
    return refuse(path, entry["port"].Mark(),
                  fmt::format("{:?} is no port from 1 to 65535", *port_word));
  }
  return canonical(TcpAddress{*host, *port});
}

std::vector<TcpAddress> tcp_targets(const Config& config) {
  std::vector<TcpAddress> found;
  for (const auto& pair : config.pairs) {
    for (const auto* const end : {&pair.from, &pair.to}) {
      const auto* const dialer = std::get_if<Dialer>(end);
      if (dialer == nullptr) continue;
      for (const auto& target : dialer->targets) {
        if (const auto* const tcp = std::get_if<TcpAddress>(&target)) found.push_back(*tcp);
      }
    }
  }
  return found;
}

}  // namespace

Result<Allowlist> Allowlist::parse(std::string_view text, std::string_view path) try {
  const auto root = YAML::Load(std::string(text));
  const auto entries = root.IsMap() ? root["allowlist"] : YAML::Node();
  if (!entries.IsDefined() || !entries.IsSequence()) {
    return refuse(path, root.Mark(), "there is no list \"allowlist\"");
  }
  Allowlist list;
  for (const auto& entry : entries) {
    auto target = parse_entry(entry, path);
    if (!target) return Failure(std::move(target.error()));
    list.targets_.push_back(std::move(*target));
  }
  return list;
} catch (const YAML::Exception& error) {
  return refuse(path, error.mark, error.msg);
}

bool Allowlist::allows(const TcpAddress& target) const {
  return std::find(targets_.begin(), targets_.end(), canonical(target)) != targets_.end();
}

Result<void> check_targets(const Config& config) {
  const auto& path = config.target_allowlist;
  if (path.empty()) return {};
  auto list = read_file(path).and_then(
      [&](const std::string& text) { return Allowlist::parse(text, path); });
  if (!list) return Failure(std::move(list.error()));
  for (const auto& target : tcp_targets(config)) {
    if (list->allows(target)) continue;
    return Failure(
        Error{fmt::format("target {:?} is not on the allowlist {:?}", format_address(target), path),
              fmt::format("add {{address: {:?}, port: {}}} to it", target.host, target.port)});
  }
  return {};
}

}  // namespace vsockfwd::relay
