// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_PROGRAMS_PACKET_TEXT_H
#define VSOCKFWD_PROGRAMS_PACKET_TEXT_H

#include <string>
#include <string_view>

#include "guest/packet.h"
#include "lib/result.h"

namespace vsockfwd::programs {

/// A header in words: "op=RST src=3:9000 dst=16:1234 type=1 len=0 flags=0 buf_alloc=0 fwd_cnt=0".
/// An operation without a name is shown as a number.
std::string to_text(const guest::PacketHeader& header);

/// Reads what to_text() writes, with commas or spaces between the fields and numbers in decimal or,
/// with 0x, hexadecimal. What the text leaves out is as in `defaults`.
Result<guest::PacketHeader> parse_packet(std::string_view text,
                                         const guest::PacketHeader& defaults);

}  // namespace vsockfwd::programs

#endif  // VSOCKFWD_PROGRAMS_PACKET_TEXT_H
