// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_ADDRESS_H
#define VSOCKFWD_LIB_ADDRESS_H

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "lib/cid.h"
#include "lib/result.h"

namespace vsockfwd {

/// tcp:HOST:PORT, with an IPv6 address in brackets.
struct TcpAddress {
  /// A name, or an IPv4 or IPv6 address without brackets.
  std::string host;
  /// 0 asks the kernel for one when listening; never 0 to connect to.
  std::uint16_t port = 0;
  friend bool operator==(const TcpAddress&, const TcpAddress&) = default;
};

/// vsock:CID:PORT
struct VsockAddress {
  Cid cid = any_cid;
  /// 0 asks the kernel for one when listening; never 0 to connect to. Listening up to 1023 needs
  /// CAP_NET_BIND_SERVICE.
  std::uint32_t port = 0;
  friend bool operator==(const VsockAddress&, const VsockAddress&) = default;
};

/// unix:PATH, or unix:@NAME in the abstract namespace.
struct UnixAddress {
  /// Without the leading @ of an abstract name.
  std::string path;
  bool abstract = false;
  friend bool operator==(const UnixAddress&, const UnixAddress&) = default;
};

/// hvsock:PATH:PORT, the host's way to a guest of Firecracker, Cloud Hypervisor or Dragonball:
/// connect to PATH and ask for PORT with a CONNECT line.
struct HybridConnectAddress {
  std::string path;
  std::uint32_t port = 0;
  friend bool operator==(const HybridConnectAddress&, const HybridConnectAddress&) = default;
};

/// hvsock-listen:PATH:PORT, a guest's way to the host: the VMM connects to PATH_PORT.
struct HybridListenAddress {
  std::string path;
  std::uint32_t port = 0;
  friend bool operator==(const HybridListenAddress&, const HybridListenAddress&) = default;
};

/// fd:NAME, a listening socket that the service manager hands over under NAME.
struct InheritedAddress {
  std::string name;
  friend bool operator==(const InheritedAddress&, const InheritedAddress&) = default;
};

using Address = std::variant<TcpAddress, VsockAddress, UnixAddress, HybridConnectAddress,
                             HybridListenAddress, InheritedAddress>;

/// What an address is for.
enum class AddressUse { listen, connect };

/// Reads an address in the form above, and refuses what cannot be used so: hvsock-listen: and fd:
/// only listen, hvsock: only connects, vsock:any: and port 0 do not connect. The message quotes the
/// word and tells what is accepted.
Result<Address> parse_address(std::string_view word, AddressUse use);

/// The form that parse_address() reads.
std::string format_address(const Address& address);

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_ADDRESS_H
