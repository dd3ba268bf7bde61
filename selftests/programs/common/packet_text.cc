// SPDX-License-Identifier: GPL-2.0
#include "common/packet_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/number.h"

namespace vsockfwd::programs {
namespace {

using guest::Address;
using guest::PacketHeader;

struct NamedOperation {
  std::uint16_t op;
  std::string_view name;
};

constexpr std::array operations{
    NamedOperation{VIRTIO_VSOCK_OP_INVALID, "INVALID"},
    NamedOperation{VIRTIO_VSOCK_OP_REQUEST, "REQUEST"},
    NamedOperation{VIRTIO_VSOCK_OP_RESPONSE, "RESPONSE"},
    NamedOperation{VIRTIO_VSOCK_OP_RST, "RST"},
    NamedOperation{VIRTIO_VSOCK_OP_SHUTDOWN, "SHUTDOWN"},
    NamedOperation{VIRTIO_VSOCK_OP_RW, "RW"},
    NamedOperation{VIRTIO_VSOCK_OP_CREDIT_UPDATE, "CREDIT_UPDATE"},
    NamedOperation{VIRTIO_VSOCK_OP_CREDIT_REQUEST, "CREDIT_REQUEST"},
};

std::string operation_text(std::uint16_t op) {
  const auto* const found = std::ranges::find(operations, op, &NamedOperation::op);
  return found != operations.end() ? std::string(found->name) : fmt::format("{}", op);
}

Result<std::uint16_t> parse_operation(std::string_view text) {
  const auto* const found = std::ranges::find(operations, text, &NamedOperation::name);
  if (found != operations.end()) return found->op;
  return parse_number<std::uint16_t>(text);
}

Result<Address> parse_address(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    return Failure(Error{fmt::format("{:?} is no address", text), "write CID:PORT"});
  }
  return parse_number<std::uint64_t>(text.substr(0, colon)).and_then([&](std::uint64_t cid) {
    return parse_number<std::uint32_t>(text.substr(colon + 1)).map([&](std::uint32_t port) {
      return Address{.cid = cid, .port = port};
    });
  });
}

/// Reads a value with `parse` into a field.
template <typename Field, typename Parse>
Result<void> set(Field& field, std::string_view value, Parse parse) {
  return parse(value).map([&](Field parsed) { field = parsed; });
}

Result<void> set_field(PacketHeader& header, std::string_view name, std::string_view value) {
  if (name == "op") return set(header.op, value, parse_operation);
  if (name == "src") return set(header.src, value, parse_address);
  if (name == "dst") return set(header.dst, value, parse_address);
  if (name == "type") return set(header.type, value, parse_number<std::uint16_t>);
  if (name == "len") return set(header.length, value, parse_number<std::uint32_t>);
  if (name == "flags") return set(header.flags, value, parse_number<std::uint32_t>);
  if (name == "buf_alloc") return set(header.buf_alloc, value, parse_number<std::uint32_t>);
  if (name == "fwd_cnt") return set(header.fwd_cnt, value, parse_number<std::uint32_t>);
  return Failure(Error{fmt::format("a packet has no field {:?}", name),
                       "the fields are op, src, dst, type, len, flags, buf_alloc and fwd_cnt"});
}

}  // namespace

std::string to_text(const PacketHeader& header) {
  return fmt::format("op={} src={}:{} dst={}:{} type={} len={} flags={} buf_alloc={} fwd_cnt={}",
                     operation_text(header.op), header.src.cid, header.src.port, header.dst.cid,
                     header.dst.port, header.type, header.length, header.flags, header.buf_alloc,
                     header.fwd_cnt);
}

Result<PacketHeader> parse_packet(std::string_view text, const PacketHeader& defaults) {
  PacketHeader header = defaults;
  while (!text.empty()) {
    const auto field = text.substr(0, text.find_first_of(", "));
    text.remove_prefix(std::min(text.size(), field.size() + 1));
    const auto equals = std::min(field.find('='), field.size());
    const auto value = field.substr(std::min(field.size(), equals + 1));
    const auto set = set_field(header, field.substr(0, equals), value);
    if (!set) return Failure(set.error());
  }
  return header;
}

}  // namespace vsockfwd::programs
