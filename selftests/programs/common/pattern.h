// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_PROGRAMS_PATTERN_H
#define VSOCKFWD_PROGRAMS_PATTERN_H

#include <cstddef>
#include <cstdint>
#include <span>

namespace vsockfwd::programs {

/// Data that both ends know without telling each other: the byte at each offset follows from a
/// seed. A byte that is lost, doubled, moved or changed does not go unseen.
class Pattern {
 public:
  explicit Pattern(std::uint64_t seed) : seed_(seed) {}

  /// Writes what the pattern has from `offset` on.
  void fill(std::uint64_t offset, std::span<std::byte> out) const;

 private:
  std::uint64_t seed_;
};

/// A message (seqpacket) or a chunk of bytes that is sent at once (stream).
struct MessageShape {
  std::size_t length = 0;
  bool end_of_record = false;
};

/// The longest message that there is.
inline constexpr std::size_t max_message = 32 * 1024;

/// What the message with number `index` looks like; this too follows from the seed.
MessageShape message_shape(std::uint64_t seed, std::uint64_t index);

}  // namespace vsockfwd::programs

#endif  // VSOCKFWD_PROGRAMS_PATTERN_H
