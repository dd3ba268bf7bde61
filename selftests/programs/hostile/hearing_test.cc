// SPDX-License-Identifier: GPL-2.0
#include "hostile/hearing.h"

#include <gtest/gtest.h>

#include <vector>

namespace vsockfwd::programs {
namespace {

/// Guest 20, the parent of guest 17.
class HearingTest : public testing::Test {
 protected:
  [[nodiscard]] std::string fault(const guest::PacketHeader& header,
                                  std::uint64_t stamp = 17) const {
    const std::vector<std::byte> payload(header.length, stamp_of(stamp));
    return hearing.fault({.header = header, .payload = payload});
  }

  const Hearing hearing{.self = 20, .senders = {{2, 2}, {17, 17}}, .closed_ports = {81}};
  guest::PacketHeader data{.src = {17, 1}, .dst = {20, 2}, .length = 3, .op = VIRTIO_VSOCK_OP_RW};
  guest::PacketHeader request{.src = {17, 1}, .dst = {20, 2}, .op = VIRTIO_VSOCK_OP_REQUEST};
};

TEST_F(HearingTest, TakesWhatIsForIt) {
  EXPECT_EQ(fault(data), "");
  EXPECT_EQ(fault(request), "");
}

TEST_F(HearingTest, FindsAPacketForSomebodyElse) {
  data.dst.cid = 21;
  EXPECT_NE(fault(data), "");
  data.dst.cid = (1ULL << 32) | 20;
  EXPECT_NE(fault(data), "");
}

TEST_F(HearingTest, FindsAPacketFromSomebodyElse) {
  data.src.cid = 16;
  EXPECT_NE(fault(data, 16), "");
}

TEST_F(HearingTest, FindsTheFalseSender) {
  EXPECT_NE(fault(data, 16), "");
  data.src.cid = 2;
  EXPECT_NE(fault(data), "");
}

TEST_F(HearingTest, FindsMalformedPackets) {
  request.flags = 1;
  EXPECT_NE(fault(request), "");
  data.flags = 4;
  EXPECT_NE(fault(data), "");
  data.flags = 0;
  data.type = 3;
  EXPECT_NE(fault(data), "");
  data.type = VIRTIO_VSOCK_TYPE_STREAM;
  data.op = 8;
  EXPECT_NE(fault(data), "");
  data.op = VIRTIO_VSOCK_OP_RESPONSE;
  EXPECT_NE(fault(data), "") << "with a payload";
}

TEST_F(HearingTest, FindsRequestsForDeniedPortsButForThoseOfTheHost) {
  request.dst.port = 81;
  EXPECT_NE(fault(request), "");
  request.src.cid = 2;
  EXPECT_EQ(fault(request), "");
}

}  // namespace
}  // namespace vsockfwd::programs
