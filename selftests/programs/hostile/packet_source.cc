// SPDX-License-Identifier: GPL-2.0
#include "hostile/packet_source.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace vsockfwd::programs {
namespace {

using guest::PacketHeader;

constexpr std::uint32_t max32 = std::numeric_limits<std::uint32_t>::max();

constexpr std::uint16_t operations[] = {
    VIRTIO_VSOCK_OP_REQUEST,
    VIRTIO_VSOCK_OP_RESPONSE,
    VIRTIO_VSOCK_OP_RST,
    VIRTIO_VSOCK_OP_SHUTDOWN,
    VIRTIO_VSOCK_OP_RW,
    VIRTIO_VSOCK_OP_RW,
    VIRTIO_VSOCK_OP_CREDIT_UPDATE,
    VIRTIO_VSOCK_OP_CREDIT_REQUEST,
};
constexpr std::uint16_t types[] = {VIRTIO_VSOCK_TYPE_STREAM, VIRTIO_VSOCK_TYPE_SEQPACKET};

/// CIDs that mean something, and those that look like them to whoever compares half of the bits.
constexpr std::uint64_t odd_cids[] = {
    0, 1, 2, 3, max32, max32 - 1, 1ULL << 32, (1ULL << 32) + 2, (1ULL << 32) + 3, ~0ULL, 1ULL << 63,
};
constexpr std::uint32_t odd_numbers[] = {0, 1, 2, 3, 7, 8, 255, 65535, 65536, 1U << 31, max32};

}  // namespace

PacketSource::PacketSource(Neighbourhood neighbourhood, std::uint64_t seed,
                           std::uint32_t payload_capacity)
    : neighbourhood_(std::move(neighbourhood)),
      random_(seed ^ (neighbourhood_.self << 32)),
      payload_capacity_(payload_capacity) {}

HostilePacket PacketSource::next() {
  if (left_ == 0) begin_burst();
  --left_;
  auto packet = (this->*burst_)();
  ++step_;
  if (random_.once_in(8)) mutate(packet);
  if (random_.once_in(200)) break_up(packet);
  return packet;
}

void PacketSource::begin_burst() {
  static constexpr Burst bursts[] = {&PacketSource::out_of_order, &PacketSource::session,
                                     &PacketSource::session, &PacketSource::flood,
                                     &PacketSource::wild};
  burst_ = random_.pick(bursts);
  left_ = 1 + random_.below(burst_ == &PacketSource::flood ? 5000 : 50);
  step_ = 0;
  pattern_ = plausible(random_.pick(operations));
}

/// Packets of connections that exist, or not.
HostilePacket PacketSource::out_of_order() {
  return plausible(random_.pick(operations));
}

/// One connection from its beginning to its end.
HostilePacket PacketSource::session() {
  std::uint16_t op = VIRTIO_VSOCK_OP_RW;
  if (step_ == 0) {
    op = VIRTIO_VSOCK_OP_REQUEST;
  } else if (left_ == 0) {
    op = VIRTIO_VSOCK_OP_RST;
  } else if (left_ == 1) {
    op = VIRTIO_VSOCK_OP_SHUTDOWN;
  } else if (random_.once_in(4)) {
    op = VIRTIO_VSOCK_OP_CREDIT_UPDATE;
  }
  auto packet = plausible(op);
  packet.header.src = pattern_.header.src;
  packet.header.dst = pattern_.header.dst;
  packet.header.type = pattern_.header.type;
  return packet;
}

/// The same again and again, each from another port.
HostilePacket PacketSource::flood() {
  if (step_ == 0 && random_.once_in(2)) pattern_ = plausible(VIRTIO_VSOCK_OP_REQUEST);
  ++pattern_.header.src.port;
  return pattern_;
}

/// Anything at all.
HostilePacket PacketSource::wild() {
  auto packet = plausible(static_cast<std::uint16_t>(random_.any()));
  for (int i = 0; i < 3; ++i) mutate(packet);
  return packet;
}

HostilePacket PacketSource::plausible(std::uint16_t op) {
  const bool is_data = op == VIRTIO_VSOCK_OP_RW;
  const std::uint32_t size = is_data ? payload_size() : 0;
  const bool is_shutdown = op == VIRTIO_VSOCK_OP_SHUTDOWN;
  return {
      .header = {.src = {neighbourhood_.self, port()},
                 .dst = {partner_or_not(), port()},
                 .length = size,
                 .type = random_.pick(types),
                 .op = op,
                 .flags = is_data || is_shutdown ? static_cast<std::uint32_t>(random_.below(4)) : 0,
                 .buf_alloc = random_.once_in(4) ? odd_number() : 1U << 18,
                 .fwd_cnt = random_.once_in(4) ? odd_number() : 0},
      .payload = size,
      .layout = random_.once_in(4) ? guest::split_layout : guest::Layout{},
  };
}

std::uint64_t PacketSource::partner_or_not() {
  if (!random_.once_in(4)) return random_.pick(neighbourhood_.partners);
  return random_.once_in(2) ? random_.pick(neighbourhood_.strangers) : odd_cid();
}

std::uint64_t PacketSource::odd_cid() {
  if (random_.once_in(4)) return random_.any();
  // The right one, but for bits that nobody may overlook.
  if (random_.once_in(4)) return neighbourhood_.self | (1ULL << (32 + random_.below(32)));
  return random_.once_in(4) ? random_.pick(neighbourhood_.strangers) : random_.pick(odd_cids);
}

std::uint32_t PacketSource::port() {
  return random_.once_in(16) ? odd_number() : random_.pick(shared_ports);
}

std::uint32_t PacketSource::odd_number() {
  return random_.once_in(2) ? static_cast<std::uint32_t>(random_.any()) : random_.pick(odd_numbers);
}

std::uint32_t PacketSource::payload_size() {
  const std::uint32_t limit = random_.once_in(16) ? payload_capacity_ : 64;
  return static_cast<std::uint32_t>(random_.below(limit + 1));
}

/// Makes one field wrong.
void PacketSource::mutate(HostilePacket& packet) {
  auto& header = packet.header;
  switch (random_.below(11)) {
    case 0:
      header.src.cid = odd_cid();
      break;
    case 1:
      header.dst.cid = odd_cid();
      break;
    case 2:
      header.src.port = odd_number();
      break;
    case 3:
      header.dst.port = odd_number();
      break;
    case 4:
      header.type = static_cast<std::uint16_t>(odd_number());
      break;
    case 5:
      header.op = static_cast<std::uint16_t>(odd_number());
      break;
    case 6:
      header.flags = odd_number();
      break;
    case 7:
      header.buf_alloc = odd_number();
      break;
    case 8:
      header.fwd_cnt = odd_number();
      break;
    case 9:
      // More payload than the header tells of.
      packet.payload = payload_size();
      header.length = static_cast<std::uint32_t>(random_.below(packet.payload + 1));
      break;
    default:
      // Payload where none belongs.
      packet.payload = header.length = payload_size();
      break;
  }
}

/// Makes something of a packet that is none.
void PacketSource::break_up(HostilePacket& packet) {
  packet.broken = true;
  switch (random_.below(3)) {
    case 0:
      packet.header.length =
          packet.payload + 1 + static_cast<std::uint32_t>(random_.below(max32 - packet.payload));
      break;
    case 1:
      packet.layout.total = static_cast<std::uint32_t>(1 + random_.below(guest::header_size - 1));
      packet.layout.first = packet.layout.total;
      break;
    default:
      packet.layout.last_flags = VRING_DESC_F_WRITE;
      break;
  }
}

}  // namespace vsockfwd::programs
