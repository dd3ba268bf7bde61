// SPDX-License-Identifier: GPL-2.0
#include "guest/packet.h"

#include <gtest/gtest.h>

#include <array>

namespace vsockfwd::guest {
namespace {

constexpr PacketHeader header{
    .src = {.cid = 0x0102030405060708, .port = 0x11121314},
    .dst = {.cid = 0x2122232425262728, .port = 0x31323334},
    .length = 0x41424344,
    .type = 0x5152,
    .op = 0x6162,
    .flags = 0x71727374,
    .buf_alloc = 0x81828384,
    .fwd_cnt = 0x91929394,
};

// Written down by hand from "Socket Device" of the virtio specification: little endian, no padding.
constexpr std::array<unsigned char, 44> wire{
    0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01, 0x28, 0x27, 0x26, 0x25, 0x24, 0x23, 0x22,
    0x21, 0x14, 0x13, 0x12, 0x11, 0x34, 0x33, 0x32, 0x31, 0x44, 0x43, 0x42, 0x41, 0x52, 0x51,
    0x62, 0x61, 0x74, 0x73, 0x72, 0x71, 0x84, 0x83, 0x82, 0x81, 0x94, 0x93, 0x92, 0x91,
};

TEST(Packet, EncodesEveryFieldWhereTheSpecificationHasIt) {
  std::array<std::byte, header_size> encoded{};
  encode(header, encoded);
  EXPECT_TRUE(std::ranges::equal(encoded, std::as_bytes(std::span(wire))));
}

TEST(Packet, DecodesWhatWasEncoded) {
  EXPECT_EQ(decode(std::as_bytes(std::span(wire))), header);
}

}  // namespace
}  // namespace vsockfwd::guest
