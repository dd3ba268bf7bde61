// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_PROGRAMS_HOSTILE_HEARING_H
#define VSOCKFWD_PROGRAMS_HOSTILE_HEARING_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>

#include "guest/userspace_guest.h"

namespace vsockfwd::programs {

/// What all payload of a sender consists of: whoever gets it knows where it really comes from,
/// whatever the header says.
constexpr std::byte stamp_of(std::uint64_t cid) {
  return static_cast<std::byte>(cid);
}

/// The payload of packets that must reach nobody: no guest of a test has this for its stamp.
inline constexpr std::byte forged_stamp{0xfa};

/// Whether all bytes are those of a sender.
bool has_stamp(std::span<const std::byte> payload, std::uint64_t cid);

/// What a guest may hear.
struct Hearing {
  /// The guest.
  std::uint64_t self = 0;
  /// Whom it may hear, by the CID under which it knows them; the values are their own CIDs.
  std::map<std::uint64_t, std::uint64_t> senders;
  /// Ports at which it gets no requests from guests whose parent it is.
  std::set<std::uint32_t> closed_ports;

  /// What is wrong with a packet that the guest has received; empty if nothing is.
  [[nodiscard]] std::string fault(const guest::ReceivedPacket& packet) const;
};

}  // namespace vsockfwd::programs

#endif  // VSOCKFWD_PROGRAMS_HOSTILE_HEARING_H
