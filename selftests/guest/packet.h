// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_GUEST_PACKET_H
#define VSOCKFWD_GUEST_PACKET_H

#include <linux/virtio_vsock.h>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>

namespace vsockfwd::guest {

/// Values of PacketHeader::type that honest packets have.
enum class SocketType : std::uint16_t {
  stream = VIRTIO_VSOCK_TYPE_STREAM,
  seqpacket = VIRTIO_VSOCK_TYPE_SEQPACKET,
};

/// One end of a connection as a packet names it: unlike in struct sockaddr_vm, the CID has 64 bits.
struct Address {
  std::uint64_t cid = 0;
  std::uint32_t port = 0;

  auto operator<=>(const Address&) const = default;
};

/// The header of a packet (struct virtio_vsock_hdr) in host byte order. Any value may be sent.
struct PacketHeader {
  Address src{};
  Address dst{};
  /// Bytes of payload that the header promises.
  std::uint32_t length = 0;
  /// VIRTIO_VSOCK_TYPE_*
  std::uint16_t type = VIRTIO_VSOCK_TYPE_STREAM;
  /// VIRTIO_VSOCK_OP_*
  std::uint16_t op = VIRTIO_VSOCK_OP_INVALID;
  /// VIRTIO_VSOCK_SHUTDOWN_* or VIRTIO_VSOCK_SEQ_*, depending on the operation.
  std::uint32_t flags = 0;
  /// Bytes that the sender can hold for this connection.
  std::uint32_t buf_alloc = 0;
  /// Bytes that the sender's user has taken so far, modulo 2^32.
  std::uint32_t fwd_cnt = 0;

  auto operator<=>(const PacketHeader&) const = default;
};

/// Bytes of a header in a virtqueue.
inline constexpr std::size_t header_size = sizeof(virtio_vsock_hdr);

/// Writes a header as it stands in a virtqueue.
void encode(const PacketHeader& header, std::span<std::byte, header_size> out);

/// Reads a header as it stands in a virtqueue.
PacketHeader decode(std::span<const std::byte, header_size> in);

}  // namespace vsockfwd::guest

#endif  // VSOCKFWD_GUEST_PACKET_H
