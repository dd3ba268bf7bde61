// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_PROGRAMS_HOSTILE_PACKET_SOURCE_H
#define VSOCKFWD_PROGRAMS_HOSTILE_PACKET_SOURCE_H

#include <cstdint>
#include <vector>

#include "common/random.h"
#include "guest/packet.h"
#include "guest/userspace_guest.h"

namespace vsockfwd::programs {

/// Something that a hostile guest puts into its ring.
struct HostilePacket {
  guest::PacketHeader header;
  /// Bytes of payload that are really there.
  std::uint32_t payload = 0;
  guest::Layout layout;
  /// The device can make no sense of it, and may keep its descriptors for ever.
  bool broken = false;
};

/// Whom a hostile guest knows.
struct Neighbourhood {
  /// Its own CID.
  std::uint64_t self = 0;
  /// Who may answer it; not empty.
  std::vector<std::uint64_t> partners;
  /// Other guests, whom it may neither reach nor impersonate.
  std::vector<std::uint64_t> strangers;
};

/// Ports that all guests and the host use, so that what they send at random meets: connections that
/// another guest, or an earlier packet, has begun.
inline constexpr std::uint32_t shared_ports[] = {80,   81,   1024, 1025, 1026, 1027,
                                                 8080, 8081, 9000, 9001, 9002, 9003};

/// What a hostile guest sends. It follows from the seed alone, not from what comes back: the same
/// seed makes the same packets again.
class PacketSource {
 public:
  PacketSource(Neighbourhood neighbourhood, std::uint64_t seed, std::uint32_t payload_capacity);

  HostilePacket next();

 private:
  using Burst = HostilePacket (PacketSource::*)();

  void begin_burst();
  /// Each makes one packet of a burst.
  HostilePacket out_of_order();
  HostilePacket session();
  HostilePacket flood();
  HostilePacket wild();

  HostilePacket plausible(std::uint16_t op);
  std::uint64_t partner_or_not();
  std::uint64_t odd_cid();
  std::uint32_t port();
  std::uint32_t odd_number();
  std::uint32_t payload_size();
  void mutate(HostilePacket& packet);
  void break_up(HostilePacket& packet);

  Neighbourhood neighbourhood_;
  Random random_;
  std::uint32_t payload_capacity_;
  Burst burst_ = nullptr;
  std::uint64_t left_ = 0;
  std::uint64_t step_ = 0;
  /// What the packets of a burst have in common.
  HostilePacket pattern_;
};

}  // namespace vsockfwd::programs

#endif  // VSOCKFWD_PROGRAMS_HOSTILE_PACKET_SOURCE_H
