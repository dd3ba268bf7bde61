// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_HVSOCK_H
#define VSOCKFWD_LIB_HVSOCK_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/result.h"

namespace vsockfwd {

/// No line of the handshake is longer, its end included.
inline constexpr std::size_t max_hvsock_line = 32;

/// What asks a VMM for a port of its guest. To be sent in one piece.
std::string hvsock_request(std::uint32_t port);

/// What a VMM says when the guest has taken the connection.
struct HvsockAnswer {
  /// Of the line, its end included: what follows comes from the guest.
  std::size_t length = 0;
  /// The port that the VMM has given to its end.
  std::uint32_t host_port = 0;
};

/// Looks for the answer at the start of `received`. Nothing if more is to come; fails if it can no
/// longer become an answer. A VMM whose guest refuses closes without a word.
Result<std::optional<HvsockAnswer>> parse_hvsock_answer(std::string_view received);

/// Takes the answer, and not one byte of what follows it, from a socket on which `port` was asked
/// for. No value if more is to come; fails if no answer can come any more.
Result<std::optional<HvsockAnswer>> take_hvsock_answer(int fd, std::uint32_t port);

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_HVSOCK_H
