// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_RELAY_LOAD_PERIODIC_PATTERN_H
#define VSOCKFWD_RELAY_LOAD_PERIODIC_PATTERN_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vsockfwd::relay_load {

/// How much of what arrives is compared. Every byte costs as much as a copy, which measurements
/// cannot afford; the start of each piece still tells bytes that are lost, doubled or moved.
enum class Check { start_of_pieces, every_byte };

/// What every connection carries: random bytes that repeat, so that sending and checking cost
/// little.
class PeriodicPattern {
 public:
  /// The longest piece that is sent or received at once.
  static constexpr std::size_t max_piece = 256 * 1024;
  /// Of a length that no buffer has, so that a buffer too much or too few does not go unseen.
  static constexpr std::size_t period = (1024 * 1024) + 8;

  PeriodicPattern();

  /// What belongs at `offset` of a connection; max_piece bytes.
  [[nodiscard]] std::span<const std::byte> at(std::uint64_t offset) const {
    return std::span(bytes_).subspan(static_cast<std::size_t>(offset % period), max_piece);
  }

  /// Whether `piece` belongs at `offset`.
  [[nodiscard]] bool matches(std::uint64_t offset, std::span<const std::byte> piece,
                             Check check) const;

 private:
  /// The period, and what follows if a piece begins at its end.
  std::vector<std::byte> bytes_;
};

}  // namespace vsockfwd::relay_load

#endif  // VSOCKFWD_RELAY_LOAD_PERIODIC_PATTERN_H
