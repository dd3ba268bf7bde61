// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_RELAY_LOAD_PATTERN_STREAM_H
#define VSOCKFWD_RELAY_LOAD_PATTERN_STREAM_H

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "lib/result.h"
#include "relay/load/periodic_pattern.h"

namespace vsockfwd::relay_load {

/// How many bytes a call has moved; of a receiver, 0 at the end. Nothing if it would have to wait.
using Moved = Result<std::optional<std::size_t>>;

/// send(2) on a socket that does not block.
Moved send_some(int fd, std::span<const std::byte> data);
/// recv(2) on a socket that does not block.
Moved receive_some(int fd, std::span<std::byte> out);

/// Sends the pattern from its start on.
class PatternSender {
 public:
  explicit PatternSender(const PeriodicPattern& pattern,
                         std::uint64_t bytes = std::numeric_limits<std::uint64_t>::max())
      : pattern_(pattern), bytes_(bytes) {}

  [[nodiscard]] bool done() const { return sent_ == bytes_; }
  Moved send(int fd);

 private:
  const PeriodicPattern& pattern_;
  std::uint64_t bytes_;
  std::uint64_t sent_ = 0;
};

/// Receives the pattern from its start on. The code of the error is EBADMSG if it is not that.
class PatternReceiver {
 public:
  PatternReceiver(const PeriodicPattern& pattern, Check check) : pattern_(pattern), check_(check) {}

  [[nodiscard]] std::uint64_t received() const { return received_; }
  /// `scratch`: any buffer of max_piece bytes.
  Moved receive(int fd, std::span<std::byte> scratch);

 private:
  const PeriodicPattern& pattern_;
  Check check_;
  std::uint64_t received_ = 0;
};

}  // namespace vsockfwd::relay_load

#endif  // VSOCKFWD_RELAY_LOAD_PATTERN_STREAM_H
