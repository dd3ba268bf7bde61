// SPDX-License-Identifier: GPL-2.0
// Fuzzes what is left of a header that one guest sends to another: nothing that the virtio
// specification does not know, and all of an honest one.
#include <fuzzer/FuzzedDataProvider.h>

#include <cstdint>
#include <cstring>

#include "lib/fuzzing.h"

extern "C" {
#include "header.h"
}

namespace vsockfwd {
namespace {

/// The flags that a packet may have; a stream's and a SOCK_SEQPACKET's are not told apart.
std::uint32_t known_flags(std::uint16_t op) {
  switch (op) {
    case VIRTIO_VSOCK_OP_RW:
    case VIRTIO_VSOCK_OP_SHUTDOWN:
      return 3;
    default:
      return 0;
  }
}

bool is_known(const virtio_vsock_hdr& header, std::uint32_t payload) {
  const auto type = le16_to_cpu(header.type);
  const auto op = le16_to_cpu(header.op);
  return (type == 1 || type == 2) && op >= 1 && op <= 7 && (payload == 0 || op == 5);
}

/// Any bytes, with the parts that decide near what is known.
virtio_vsock_hdr take_header(FuzzedDataProvider& input) {
  virtio_vsock_hdr header{};
  input.ConsumeData(&header, sizeof(header));
  if (input.ConsumeBool()) header.type = cpu_to_le16(input.ConsumeIntegralInRange(0, 3));
  if (input.ConsumeBool()) header.op = cpu_to_le16(input.ConsumeIntegralInRange(0, 8));
  return header;
}

void try_sanitize(const virtio_vsock_hdr& sent, std::uint32_t payload) {
  auto header = sent;
  const bool goes_on = fwd_header_sanitize(&header, payload);
  require(goes_on == is_known(sent, payload));

  auto expected = sent;
  if (goes_on) {
    expected.flags &= cpu_to_le32(known_flags(le16_to_cpu(sent.op)));
    expected.len = cpu_to_le32(payload);
  }
  require(std::memcmp(&header, &expected, sizeof(header)) == 0);
}

void try_addresses(const virtio_vsock_hdr& sent, fwd_addr src, fwd_addr dst) {
  auto header = sent;
  fwd_header_set_src(&header, src);
  fwd_header_set_dst(&header, dst);
  require(le64_to_cpu(header.src_cid) == src.cid && le32_to_cpu(header.src_port) == src.port);
  require(le64_to_cpu(header.dst_cid) == dst.cid && le32_to_cpu(header.dst_port) == dst.port);

  header.src_cid = sent.src_cid;
  header.src_port = sent.src_port;
  header.dst_cid = sent.dst_cid;
  header.dst_port = sent.dst_port;
  require(std::memcmp(&header, &sent, sizeof(header)) == 0);
}

fwd_addr take_address(FuzzedDataProvider& input) {
  return {input.ConsumeIntegral<std::uint32_t>(), input.ConsumeIntegral<std::uint32_t>()};
}

}  // namespace
}  // namespace vsockfwd

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const auto header = vsockfwd::take_header(input);
  const auto payload = input.ConsumeBool() ? 0 : input.ConsumeIntegral<std::uint32_t>();
  vsockfwd::try_sanitize(header, payload);
  const auto src = vsockfwd::take_address(input);
  vsockfwd::try_addresses(header, src, vsockfwd::take_address(input));
  return 0;
}
