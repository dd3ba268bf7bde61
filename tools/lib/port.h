// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_PORT_H
#define VSOCKFWD_LIB_PORT_H

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/result.h"

namespace vsockfwd {

/// A vsock port in host byte order, as in struct sockaddr_vm.
using Port = std::uint32_t;

inline constexpr Port first_port = 1;
inline constexpr Port last_port = 0xfffffffe;

/// Ports in a row.
struct PortRange {
  /// first_port to last_port; 0 for every port.
  Port first = 0;
  /// Not below `first`; 0 for every port.
  Port last = 0;

  bool operator==(const PortRange&) const = default;
};

inline constexpr PortRange every_port = {};

/// Reads one port, in decimal or with 0x in hexadecimal.
Result<Port> parse_port(std::string_view word);

/// Reads a port, or the first and the last of a range, as in: 9000-9010.
Result<PortRange> parse_ports(std::string_view word);

/// Finds the ports from `first` on that stand for those of `range`, in order. Fails if they are
/// more than there are.
Result<PortRange> ports_from(Port first, PortRange range);

/// What parse_ports() reads; "all" for every port.
std::string format_ports(PortRange ports);

/// Whether the two have a port in common.
bool overlap(PortRange one, PortRange other);

/// Whether `outer` has every port of `inner`.
bool contains(PortRange outer, PortRange inner);

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_PORT_H
