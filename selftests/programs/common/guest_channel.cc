// SPDX-License-Identifier: GPL-2.0
#include "common/guest_channel.h"

#include <cerrno>

#include "guest/failure.h"

namespace vsockfwd::programs {

Result<void> GuestChannel::make_progress(Deadline deadline, const char* what) {
  const auto polled = endpoint_.poll(deadline);
  if (!polled) return Failure(polled.error());
  if (!*polled) return errno_failure(what, ETIMEDOUT);
  return {};
}

Result<void> GuestChannel::send(std::span<const std::byte> data, bool end_of_record) {
  const auto deadline = Clock::now() + timeout_;
  for (;;) {
    const auto sent = connection_->send(data, end_of_record);
    if (!sent) return Failure(sent.error());
    data = data.subspan(*sent);
    if (data.empty()) return {};
    if (const auto progress = make_progress(deadline, "cannot send"); !progress) return progress;
  }
}

Result<Received> GuestChannel::receive(std::span<std::byte> out) {
  const auto deadline = Clock::now() + timeout_;
  for (;;) {
    const auto received = connection_->receive(out);
    if (!received) return Failure(received.error());
    if (*received) return **received;
    const auto progress = make_progress(deadline, "cannot receive");
    if (!progress) return Failure(progress.error());
  }
}

Result<void> GuestChannel::end_sending() {
  connection_->shut_down(VIRTIO_VSOCK_SHUTDOWN_SEND);
  return {};
}

Result<void> GuestChannel::close() {
  return endpoint_.close(*connection_, Clock::now() + timeout_);
}

}  // namespace vsockfwd::programs
