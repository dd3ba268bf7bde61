// SPDX-License-Identifier: GPL-2.0
#include "hostile/packet_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace vsockfwd::programs {
namespace {

constexpr std::uint32_t capacity = 1024;
constexpr int many = 100000;

std::vector<HostilePacket> packets_of(std::uint64_t seed) {
  PacketSource source({.self = 17, .partners = {2, 3}, .strangers = {16, 40}}, seed, capacity);
  std::vector<HostilePacket> packets;
  for (int i = 0; i < many; ++i) packets.push_back(source.next());
  return packets;
}

bool same_headers(const std::vector<HostilePacket>& a, const std::vector<HostilePacket>& b) {
  return std::ranges::equal(a, b, {}, &HostilePacket::header, &HostilePacket::header);
}

TEST(PacketSource, FollowsFromItsSeed) {
  EXPECT_TRUE(same_headers(packets_of(1), packets_of(1)));
  EXPECT_FALSE(same_headers(packets_of(1), packets_of(2)));
}

TEST(PacketSource, IsHostileInEveryField) {
  std::set<std::uint64_t> sources;
  std::set<std::uint64_t> destinations;
  std::set<std::uint32_t> ports;
  std::set<std::uint16_t> types;
  std::set<std::uint16_t> operations;
  for (const auto& packet : packets_of(1)) {
    sources.insert(packet.header.src.cid);
    destinations.insert(packet.header.dst.cid);
    ports.insert(packet.header.dst.port);
    types.insert(packet.header.type);
    operations.insert(packet.header.op);
  }
  for (const std::uint64_t cid : {0ULL, 1ULL, 2ULL, 3ULL, 16ULL, 17ULL, 40ULL, (1ULL << 32) + 2}) {
    EXPECT_TRUE(sources.contains(cid)) << cid;
    EXPECT_TRUE(destinations.contains(cid) || cid == 17) << cid;
  }
  EXPECT_GT(ports.size(), 100U);
  EXPECT_GT(types.size(), 100U);
  EXPECT_GT(operations.size(), 100U);
}

TEST(PacketSource, SaysWhichPacketsAreBroken) {
  int broken = 0;
  for (const auto& packet : packets_of(1)) {
    EXPECT_LE(packet.payload, capacity);
    const bool fits = packet.header.length <= packet.payload &&
                      packet.layout.total >= guest::header_size && packet.layout.last_flags == 0;
    EXPECT_EQ(fits, !packet.broken);
    broken += packet.broken ? 1 : 0;
  }
  EXPECT_GT(broken, many / 1000);
  EXPECT_LT(broken, many / 50);
}

}  // namespace
}  // namespace vsockfwd::programs
