// SPDX-License-Identifier: GPL-2.0
#include "guest/packet.h"

#include <endian.h>

#include <cstring>

namespace vsockfwd::guest {

void encode(const PacketHeader& header, std::span<std::byte, header_size> out) {
  const virtio_vsock_hdr wire{
      .src_cid = htole64(header.src.cid),
      .dst_cid = htole64(header.dst.cid),
      .src_port = htole32(header.src.port),
      .dst_port = htole32(header.dst.port),
      .len = htole32(header.length),
      .type = htole16(header.type),
      .op = htole16(header.op),
      .flags = htole32(header.flags),
      .buf_alloc = htole32(header.buf_alloc),
      .fwd_cnt = htole32(header.fwd_cnt),
  };
  std::memcpy(out.data(), &wire, header_size);
}

PacketHeader decode(std::span<const std::byte, header_size> in) {
  virtio_vsock_hdr wire{};
  std::memcpy(&wire, in.data(), header_size);
  return {
      .src = {.cid = le64toh(wire.src_cid), .port = le32toh(wire.src_port)},
      .dst = {.cid = le64toh(wire.dst_cid), .port = le32toh(wire.dst_port)},
      .length = le32toh(wire.len),
      .type = le16toh(wire.type),
      .op = le16toh(wire.op),
      .flags = le32toh(wire.flags),
      .buf_alloc = le32toh(wire.buf_alloc),
      .fwd_cnt = le32toh(wire.fwd_cnt),
  };
}

}  // namespace vsockfwd::guest
