// SPDX-License-Identifier: Apache-2.0
#include "lib/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

#include "lib/number.h"

namespace vsockfwd {
namespace {

/// Bytes of a path that the kernel takes, without the final zero byte.
constexpr std::size_t longest_path = sizeof(sockaddr_un::sun_path) - 1;
/// Of a name, as RFC 1035 limits it.
constexpr std::size_t longest_host = 253;
/// The last port of vsock stands for any.
constexpr std::uint32_t last_vsock_port = std::numeric_limits<std::uint32_t>::max() - 1;

constexpr std::string_view tcp_form =
    "write tcp:HOST:PORT, with an IPv6 address in brackets, as in tcp:[::1]:8443";
constexpr std::string_view vsock_form =
    "write vsock:CID:PORT, where CID is a number, or one of: host, any, local, parent";
constexpr std::string_view unix_form = "write unix:PATH, or unix:@NAME for an abstract socket";

/// Makes an Address of what follows "scheme:". The message of an error is only the reason.
using Parser = Result<Address> (*)(std::string_view rest, AddressUse use);

Failure refuse(std::string reason, std::string_view hint) {
  return Failure(Error{std::move(reason), std::string(hint)});
}

/// Splits at the last colon, so that what stands before may hold colons.
std::pair<std::string_view, std::string_view> split_port(std::string_view rest) {
  const auto colon = rest.rfind(':');
  if (colon == std::string_view::npos) return {rest, {}};
  return {rest.substr(0, colon), rest.substr(colon + 1)};
}

Result<std::uint32_t> parse_port(std::string_view word, std::uint32_t last, AddressUse use) {
  const std::uint32_t first = use == AddressUse::listen ? 0 : 1;
  if (const auto port = parse_decimal<std::uint32_t>(word, first, last)) return *port;
  return refuse(fmt::format("{:?} is no port", word),
                fmt::format("end it with :PORT, a number from {} to {}", first, last));
}

bool is_ip_address(int family, std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes;
  return ::inet_pton(family, std::string(text).c_str(), bytes.data()) == 1;
}

bool is_host_name(std::string_view name) {
  const auto may_stand_in_a_name = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '-' || letter == '.' || letter == '_';
  };
  return !name.empty() && name.size() <= longest_host && name.front() != '.' &&
         name.front() != '-' && name.find("..") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(), may_stand_in_a_name);
}

/// A name that ends in a number is an IPv4 address to every resolver. The final dot of a complete
/// name must not hide that.
bool looks_like_ipv4(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  const auto last = name.substr(name.rfind('.') + 1);
  return !last.empty() && std::all_of(last.begin(), last.end(),
                                      [](char digit) { return digit >= '0' && digit <= '9'; });
}

Result<std::string> parse_host(std::string_view word) {
  if (word.starts_with('[') && word.ends_with(']')) {
    const auto inner = word.substr(1, word.size() - 2);
    // A link-local address needs the name of its interface.
    const auto percent = inner.find('%');
    const bool has_scope = percent != std::string_view::npos;
    if (is_ip_address(AF_INET6, inner.substr(0, percent)) &&
        (!has_scope || percent + 1 < inner.size())) {
      return std::string(inner);
    }
    return refuse(fmt::format("{:?} is no IPv6 address", inner), tcp_form);
  }
  if (is_ip_address(AF_INET6, word)) {
    return refuse("an IPv6 address needs brackets", fmt::format("write tcp:[{}]:PORT", word));
  }
  if (is_ip_address(AF_INET, word) || (is_host_name(word) && !looks_like_ipv4(word))) {
    return std::string(word);
  }
  return refuse(fmt::format("{:?} is neither a host name nor an IP address", word), tcp_form);
}

Result<Address> parse_tcp(std::string_view rest, AddressUse use) {
  const auto [host_word, port_word] = split_port(rest);
  auto host = parse_host(host_word);
  if (!host) return Failure(std::move(host.error()));
  auto port = parse_port(port_word, std::numeric_limits<std::uint16_t>::max(), use);
  if (!port) return Failure(std::move(port.error()));
  return TcpAddress{std::move(*host), static_cast<std::uint16_t>(*port)};
}

Result<Address> parse_vsock(std::string_view rest, AddressUse use) {
  const auto [cid_word, port_word] = split_port(rest);
  auto cid = parse_cid(cid_word);
  if (!cid) return refuse(fmt::format("{:?} is no CID", cid_word), vsock_form);
  if (*cid == any_cid && use == AddressUse::connect) {
    return refuse("\"any\" is nobody to connect to", "name a CID, as in vsock:host:PORT");
  }
  auto port = parse_port(port_word, last_vsock_port, use);
  if (!port) return Failure(std::move(port.error()));
  return VsockAddress{*cid, *port};
}

/// Checks the path of a socket whose name gets `more` bytes longer.
Result<std::string> parse_path(std::string_view path, std::size_t more, std::string_view form) {
  if (path.empty()) return refuse("the path is empty", form);
  if (path.find('\0') != std::string_view::npos) return refuse("a zero byte ends a path", form);
  if (path.size() + more <= longest_path) return std::string(path);
  return refuse(fmt::format("the path of the socket has {} bytes", path.size() + more),
                fmt::format("the kernel takes at most {}", longest_path));
}

Result<Address> parse_unix(std::string_view rest, AddressUse /*use*/) {
  const bool abstract = rest.starts_with('@');
  if (abstract) rest.remove_prefix(1);
  auto path = parse_path(rest, abstract ? 1 : 0, unix_form);
  if (!path) return Failure(std::move(path.error()));
  return UnixAddress{std::move(*path), abstract};
}

Result<std::pair<std::string, std::uint32_t>> parse_hybrid(std::string_view rest,
                                                           std::string_view form, bool listens) {
  const auto [path_word, port_word] = split_port(rest);
  // Nobody can be told a port that the kernel chooses, so 0 is no more use here than to connect.
  auto port = parse_port(port_word, last_vsock_port, AddressUse::connect);
  if (!port) return Failure(std::move(port.error()));
  const auto suffix = listens ? fmt::formatted_size("_{}", *port) : 0;
  auto path = parse_path(path_word, suffix, form);
  if (!path) return Failure(std::move(path.error()));
  return std::pair(std::move(*path), *port);
}

Result<Address> parse_hybrid_connect(std::string_view rest, AddressUse /*use*/) {
  auto parts = parse_hybrid(rest, "write hvsock:PATH:PORT", false);
  if (!parts) return Failure(std::move(parts.error()));
  return HybridConnectAddress{std::move(parts->first), parts->second};
}

Result<Address> parse_hybrid_listen(std::string_view rest, AddressUse /*use*/) {
  auto parts = parse_hybrid(rest, "write hvsock-listen:PATH:PORT", true);
  if (!parts) return Failure(std::move(parts.error()));
  return HybridListenAddress{std::move(parts->first), parts->second};
}

Result<Address> parse_inherited(std::string_view rest, AddressUse /*use*/) {
  const auto may_stand_in_a_name = [](char letter) {
    return letter > ' ' && letter < '\x7f' && letter != ':';
  };
  if (!rest.empty() && std::all_of(rest.begin(), rest.end(), may_stand_in_a_name)) {
    return InheritedAddress{std::string(rest)};
  }
  return refuse(fmt::format("{:?} is no name of a socket", rest),
                "write fd:NAME, with the name that FileDescriptorName= gives in the socket unit");
}

struct Scheme {
  std::string_view name;
  std::string_view form;
  bool listens;
  bool connects;
  Parser parse;
};

constexpr std::array schemes = {
    Scheme{"tcp", "tcp:HOST:PORT", true, true, parse_tcp},
    Scheme{"vsock", "vsock:CID:PORT", true, true, parse_vsock},
    Scheme{"unix", "unix:PATH", true, true, parse_unix},
    Scheme{"hvsock", "hvsock:PATH:PORT", false, true, parse_hybrid_connect},
    Scheme{"hvsock-listen", "hvsock-listen:PATH:PORT", true, false, parse_hybrid_listen},
    Scheme{"fd", "fd:NAME", true, false, parse_inherited},
};

bool serves(const Scheme& scheme, AddressUse use) {
  return use == AddressUse::listen ? scheme.listens : scheme.connects;
}

std::string forms_for(AddressUse use) {
  std::vector<std::string_view> forms;
  for (const auto& scheme : schemes) {
    if (serves(scheme, use)) forms.push_back(scheme.form);
  }
  return fmt::format("one of: {}", fmt::join(forms, ", "));
}

/// The parser of the scheme `name`, if it can be used so.
Result<Parser> find_parser(std::string_view name, AddressUse use) {
  const auto* const scheme = std::find_if(schemes.begin(), schemes.end(),
                                          [name](const Scheme& s) { return s.name == name; });
  if (scheme == schemes.end()) {
    return refuse(fmt::format("{:?} is no kind of address", name), forms_for(use));
  }
  if (serves(*scheme, use)) return scheme->parse;
  return refuse(fmt::format("{} can only be {}", scheme->form,
                            scheme->listens ? "listened on" : "connected to"),
                forms_for(use));
}

struct Formatter {
  std::string operator()(const TcpAddress& tcp) const {
    const bool ipv6 = tcp.host.find(':') != std::string::npos;
    return ipv6 ? fmt::format("tcp:[{}]:{}", tcp.host, tcp.port)
                : fmt::format("tcp:{}:{}", tcp.host, tcp.port);
  }
  std::string operator()(const VsockAddress& vsock) const {
    const auto cid = vsock.cid == any_cid ? "any" : format_cid(vsock.cid);
    return fmt::format("vsock:{}:{}", cid, vsock.port);
  }
  std::string operator()(const UnixAddress& socket) const {
    return fmt::format("unix:{}{}", socket.abstract ? "@" : "", socket.path);
  }
  std::string operator()(const HybridConnectAddress& hybrid) const {
    return fmt::format("hvsock:{}:{}", hybrid.path, hybrid.port);
  }
  std::string operator()(const HybridListenAddress& hybrid) const {
    return fmt::format("hvsock-listen:{}:{}", hybrid.path, hybrid.port);
  }
  std::string operator()(const InheritedAddress& inherited) const {
    return fmt::format("fd:{}", inherited.name);
  }
};

}  // namespace

Result<Address> parse_address(std::string_view word, AddressUse use) {
  const auto colon = word.find(':');
  const auto scheme = word.substr(0, colon);
  auto address = find_parser(scheme, use).and_then([&](Parser parse) {
    return parse(word.substr(colon + 1), use);
  });
  if (address) return address;
  auto& [reason, hint, code] = address.error();
  return Failure(Error{fmt::format("invalid address {:?} to {}: {}", word,
                                   use == AddressUse::listen ? "listen on" : "connect to", reason),
                       std::move(hint), code});
}

std::string format_address(const Address& address) {
  return std::visit(Formatter(), address);
}

}  // namespace vsockfwd
