// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_PROGRAMS_CHANNEL_H
#define VSOCKFWD_PROGRAMS_CHANNEL_H

#include <cstddef>
#include <span>

#include "guest/connection.h"
#include "guest/packet.h"
#include "lib/result.h"

namespace vsockfwd::programs {

using guest::Address;
using guest::Received;
using guest::SocketType;

/// One end of a connection, of whatever kind. Each call waits, up to a time limit that the
/// implementation was made with; then the code of the error is ETIMEDOUT.
class Channel {
 public:
  virtual ~Channel() = default;

  [[nodiscard]] virtual SocketType type() const = 0;
  [[nodiscard]] virtual Address local() const = 0;
  [[nodiscard]] virtual Address peer() const = 0;

  /// Sends all of `data`: bytes, or one message.
  virtual Result<void> send(std::span<const std::byte> data, bool end_of_record) = 0;

  /// Receives some bytes, or one message.
  virtual Result<Received> receive(std::span<std::byte> out) = 0;

  /// Tells the peer that nothing more is sent.
  virtual Result<void> end_sending() = 0;
};

}  // namespace vsockfwd::programs

#endif  // VSOCKFWD_PROGRAMS_CHANNEL_H
