// SPDX-License-Identifier: GPL-2.0
#include "fuzz/netlink_fuzzer.h"

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/vhost_vsock_fwd_netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include "common/program.h"
#include "guest/failure.h"

namespace vsockfwd::programs {
namespace {

constexpr std::uint16_t odd_lengths[] = {0, 1, 3, 4, 5, 8, 255, 4096, 65535};
constexpr std::size_t datagram_max = 65536;

// The kernel's own are signed.
constexpr std::size_t attribute_header = sizeof(nlattr);
constexpr std::size_t message_header = sizeof(nlmsghdr);

constexpr std::size_t align(std::size_t size) {
  return (size + NLMSG_ALIGNTO - 1) / NLMSG_ALIGNTO * NLMSG_ALIGNTO;
}

template <typename T>
std::span<const std::byte> bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

void append(std::vector<std::byte>& to, std::span<const std::byte> bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
  to.resize(align(to.size()));
}

/// A value at the start of `from`, which is long enough.
template <typename T>
T read(std::span<const std::byte> from) {
  T value{};
  std::memcpy(&value, from.data(), sizeof(value));
  return value;
}

UniqueFd open_socket() {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC));
  if (!fd) fail("cannot make a netlink socket");
  return fd;
}

}  // namespace

NetlinkFuzzer::NetlinkFuzzer(std::uint64_t seed)
    : random_(seed), socket_(open_socket()), family_(find_family()) {}

void NetlinkFuzzer::step() {
  Bytes datagram;
  do {
    append(datagram, make_message());
  } while (random_.once_in(4));
  if (random_.once_in(16)) datagram.resize(1 + random_.below(datagram.size()));
  send(datagram);
  // A dump that is under way ends with its socket.
  if (random_.once_in(8))
    socket_ = open_socket();
  else
    read_some();
}

std::uint16_t NetlinkFuzzer::find_family() {
  const nlattr name_header{.nla_len = attribute_header + sizeof(VHOST_VSOCK_FWD_FAMILY_NAME),
                           .nla_type = CTRL_ATTR_FAMILY_NAME};
  const genlmsghdr command{.cmd = CTRL_CMD_GETFAMILY, .version = 1, .reserved = 0};
  Bytes body;
  append(body, bytes_of(command));
  append(body, bytes_of(name_header));
  append(body, std::as_bytes(std::span(VHOST_VSOCK_FWD_FAMILY_NAME)));
  const nlmsghdr header{.nlmsg_len = static_cast<std::uint32_t>(message_header + body.size()),
                        .nlmsg_type = GENL_ID_CTRL,
                        .nlmsg_flags = NLM_F_REQUEST,
                        .nlmsg_seq = 0,
                        .nlmsg_pid = 0};
  Bytes message;
  append(message, bytes_of(header));
  append(message, body);
  send(message);

  Bytes answer(datagram_max);
  const auto size = ::recv(socket_.get(), answer.data(), answer.size(), 0);
  answer.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  for (std::size_t at = message_header + sizeof(genlmsghdr);
       at + attribute_header < answer.size();) {
    const auto attribute = read<nlattr>(std::span(answer).subspan(at));
    if (attribute.nla_type == CTRL_ATTR_FAMILY_ID) {
      return read<std::uint16_t>(std::span(answer).subspan(at + attribute_header));
    }
    at += align(std::max<std::size_t>(attribute.nla_len, attribute_header));
  }
  throw CommandFailed{{.message = "the module has no generic netlink family", .hint = {}}};
}

NetlinkFuzzer::Bytes NetlinkFuzzer::make_message() {
  const genlmsghdr command{
      .cmd = static_cast<std::uint8_t>(random_.once_in(2) ? +VHOST_VSOCK_FWD_CMD_FLOW_GET
                                                          : random_.below(9)),
      .version = static_cast<std::uint8_t>(random_.below(3)),
      .reserved = 0};
  Bytes body;
  append(body, bytes_of(command));
  append(body, make_attributes());
  if (random_.once_in(16)) body.resize(random_.below(body.size() + 1));

  nlmsghdr header{.nlmsg_len = static_cast<std::uint32_t>(message_header + body.size()),
                  .nlmsg_type = family_,
                  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                  .nlmsg_seq = static_cast<std::uint32_t>(random_.any()),
                  .nlmsg_pid = 0};
  if (random_.once_in(4)) header.nlmsg_flags = static_cast<std::uint16_t>(random_.any());
  if (random_.once_in(16)) header.nlmsg_len = random_.pick(odd_lengths);
  // Below the families are control messages.
  if (random_.once_in(32)) {
    header.nlmsg_type = static_cast<std::uint16_t>(random_.below(NLMSG_MIN_TYPE));
  }
  Bytes message;
  append(message, bytes_of(header));
  append(message, body);
  return message;
}

NetlinkFuzzer::Bytes NetlinkFuzzer::make_attributes() {
  Bytes attributes;
  while (random_.once_in(2)) {
    Bytes value(random_.once_in(2) ? sizeof(std::uint32_t) : random_.below(300),
                std::byte(random_.below(32)));
    nlattr header{.nla_len = static_cast<std::uint16_t>(attribute_header + value.size()),
                  .nla_type = static_cast<std::uint16_t>(random_.below(12))};
    if (random_.once_in(8)) header.nla_len = random_.pick(odd_lengths);
    if (random_.once_in(8)) header.nla_type = static_cast<std::uint16_t>(random_.any());
    append(attributes, bytes_of(header));
    append(attributes, value);
  }
  return attributes;
}

void NetlinkFuzzer::send(const Bytes& data) {
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  const auto sent = ::sendto(socket_.get(), data.data(), data.size(), 0,
                             reinterpret_cast<const sockaddr*>(&kernel), sizeof(kernel));
  if (sent < 0) {
    fail("cannot send a netlink message");
  }
}

void NetlinkFuzzer::read_some() {
  Bytes datagram(datagram_max);
  do {
    const auto size = ::recv(socket_.get(), datagram.data(), datagram.size(), MSG_DONTWAIT);
    if (size < 0) return;
    count(std::span(datagram).first(static_cast<std::size_t>(size)));
  } while (!random_.once_in(16));
}

void NetlinkFuzzer::count(std::span<const std::byte> datagram) {
  while (datagram.size() >= message_header) {
    const auto header = read<nlmsghdr>(datagram);
    if (header.nlmsg_type == NLMSG_ERROR) {
      tally_.count(-read<int>(datagram.subspan(message_header)));
    } else if (header.nlmsg_type == family_) {
      tally_.count(0);
      if (::geteuid() != 0)
        throw std::runtime_error("the family told something without privileges");
    }
    const auto length = std::max<std::size_t>(align(header.nlmsg_len), message_header);
    datagram = datagram.subspan(std::min(length, datagram.size()));
  }
}

}  // namespace vsockfwd::programs
