// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_PROGRAMS_GUEST_CHANNEL_H
#define VSOCKFWD_PROGRAMS_GUEST_CHANNEL_H

#include <memory>

#include "common/channel.h"
#include "guest/connection.h"
#include "guest/deadline.h"
#include "guest/endpoint.h"
#include "lib/result.h"

namespace vsockfwd::programs {

/// A connection of a guest in userspace.
class GuestChannel : public Channel {
 public:
  /// `endpoint` outlives this object; every call waits up to `timeout`.
  GuestChannel(guest::Endpoint& endpoint, std::shared_ptr<guest::Connection> connection,
               Milliseconds timeout)
      : endpoint_(endpoint), connection_(std::move(connection)), timeout_(timeout) {}

  [[nodiscard]] SocketType type() const override { return connection_->key().type; }
  [[nodiscard]] Address local() const override { return connection_->key().local; }
  [[nodiscard]] Address peer() const override { return connection_->key().peer; }

  Result<void> send(std::span<const std::byte> data, bool end_of_record) override;
  Result<Received> receive(std::span<std::byte> out) override;
  Result<void> end_sending() override;

  /// Ends the connection in both directions, and waits until the peer agrees.
  Result<void> close();

 private:
  /// Lets packets come and go; `what` says what cannot be done if there are none in time.
  Result<void> make_progress(Deadline deadline, const char* what);

  guest::Endpoint& endpoint_;
  std::shared_ptr<guest::Connection> connection_;
  Milliseconds timeout_;
};

}  // namespace vsockfwd::programs

#endif  // VSOCKFWD_PROGRAMS_GUEST_CHANNEL_H
