// SPDX-License-Identifier: GPL-2.0
#include "hostile/hearing.h"

#include <algorithm>
#include <optional>

#include "lib/cid.h"

namespace vsockfwd::programs {
namespace {

using guest::PacketHeader;

/// The flags that a packet with this operation may have; none if nobody may send such a packet.
std::optional<std::uint32_t> flags_of(std::uint16_t op) {
  switch (op) {
    case VIRTIO_VSOCK_OP_RW:
      return VIRTIO_VSOCK_SEQ_EOM | VIRTIO_VSOCK_SEQ_EOR;
    case VIRTIO_VSOCK_OP_SHUTDOWN:
      return VIRTIO_VSOCK_SHUTDOWN_RCV | VIRTIO_VSOCK_SHUTDOWN_SEND;
    case VIRTIO_VSOCK_OP_REQUEST:
    case VIRTIO_VSOCK_OP_RESPONSE:
    case VIRTIO_VSOCK_OP_RST:
    case VIRTIO_VSOCK_OP_CREDIT_UPDATE:
    case VIRTIO_VSOCK_OP_CREDIT_REQUEST:
      return 0;
    default:
      return std::nullopt;
  }
}

bool is_well_formed(const PacketHeader& header) {
  const auto flags = flags_of(header.op);
  if (!flags || (header.flags & ~*flags) != 0) return false;
  if (header.op != VIRTIO_VSOCK_OP_RW && header.length != 0) return false;
  // A reset may answer a packet of any type, and then has the same.
  return header.op == VIRTIO_VSOCK_OP_RST || header.type == VIRTIO_VSOCK_TYPE_STREAM ||
         header.type == VIRTIO_VSOCK_TYPE_SEQPACKET;
}

}  // namespace

bool has_stamp(std::span<const std::byte> payload, std::uint64_t cid) {
  return std::ranges::all_of(payload, [&](std::byte byte) { return byte == stamp_of(cid); });
}

std::string Hearing::fault(const guest::ReceivedPacket& packet) const {
  const auto& header = packet.header;
  if (header.dst.cid != self) return "is for somebody else";
  const auto sender = senders.find(header.src.cid);
  if (sender == senders.end()) return "is from nobody that the guest may hear";
  if (!is_well_formed(header)) return "is malformed";
  if (!has_stamp(packet.payload, sender->second)) return "carries the payload of somebody else";
  // Rules deny what a guest asks of its parent, whom it does not know by its own CID.
  const bool from_child = sender->first == sender->second && sender->second != host_cid;
  if (header.op == VIRTIO_VSOCK_OP_REQUEST && from_child &&
      closed_ports.contains(header.dst.port)) {
    return "asks for a port that is denied";
  }
  return {};
}

}  // namespace vsockfwd::programs
