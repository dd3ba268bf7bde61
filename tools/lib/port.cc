// SPDX-License-Identifier: Apache-2.0
#include "lib/port.h"

#include <fmt/format.h>

#include "lib/word.h"

namespace vsockfwd {
namespace {

std::string port_hint() {
  return fmt::format("give a number from {} to {}, in decimal or with 0x in hexadecimal",
                     first_port, last_port);
}

/// The same ports, spelled out where they are every port.
PortRange bounds(PortRange ports) {
  return ports == every_port ? PortRange{first_port, last_port} : ports;
}

}  // namespace

Result<Port> parse_port(std::string_view word) {
  auto port = parse_number("port", word, port_hint());
  if (!port || (*port >= first_port && *port <= last_port)) return port;
  return invalid_word("port", word, "no program can listen there", port_hint());
}

Result<PortRange> parse_ports(std::string_view word) {
  const auto dash = word.find('-', 1);  // a leading one is a sign, and no number has it
  const auto first = parse_port(word.substr(0, dash));
  if (!first) return Failure(first.error());
  if (dash == std::string_view::npos) return PortRange{*first, *first};

  const auto last = parse_port(word.substr(dash + 1));
  if (!last) return Failure(last.error());
  if (*first <= *last) return PortRange{*first, *last};
  return invalid_word("ports", word, "the first is above the last",
                      fmt::format("give the lower port first: {}-{}", *last, *first));
}

Result<PortRange> ports_from(Port first, PortRange range) {
  const auto further = range.last - range.first;
  if (further <= last_port - first) return PortRange{first, first + further};
  return invalid_word("port", std::to_string(first),
                      fmt::format("the ports {} do not fit behind it", format_ports(range)),
                      fmt::format("give a number from {} to {}", first_port, last_port - further));
}

std::string format_ports(PortRange ports) {
  if (ports == every_port) return "all";
  if (ports.first == ports.last) return std::to_string(ports.first);
  return fmt::format("{}-{}", ports.first, ports.last);
}

bool overlap(PortRange one, PortRange other) {
  const auto a = bounds(one);
  const auto b = bounds(other);
  return a.first <= b.last && b.first <= a.last;
}

bool contains(PortRange outer, PortRange inner) {
  const auto a = bounds(outer);
  const auto b = bounds(inner);
  return a.first <= b.first && b.last <= a.last;
}

}  // namespace vsockfwd
