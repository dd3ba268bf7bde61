// SPDX-License-Identifier: GPL-2.0
#include "relay/load/pattern_stream.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "guest/failure.h"

namespace vsockfwd::relay_load {
namespace {

Moved moved(ssize_t count, const char* what) {
  if (count >= 0) return static_cast<std::size_t>(count);
  if (errno == EAGAIN) return std::nullopt;
  return errno_failure(what, errno);
}

}  // namespace

Moved send_some(int fd, std::span<const std::byte> data) {
  return moved(::send(fd, data.data(), data.size(), MSG_NOSIGNAL), "cannot send");
}

Moved receive_some(int fd, std::span<std::byte> out) {
  return moved(::recv(fd, out.data(), out.size(), 0), "cannot receive");
}

Moved PatternSender::send(int fd) {
  const auto length = std::min<std::uint64_t>(bytes_ - sent_, PeriodicPattern::max_piece);
  auto sent = send_some(fd, pattern_.at(sent_).first(length));
  if (sent) sent_ += sent->value_or(0);
  return sent;
}

Moved PatternReceiver::receive(int fd, std::span<std::byte> scratch) {
  auto received = receive_some(fd, scratch);
  if (!received) return received;
  const auto piece = scratch.first(received->value_or(0));
  if (!pattern_.matches(received_, piece, check_)) {
    return Failure(Error{
        fmt::format("what came after {} bytes is not what was sent", received_), {}, EBADMSG});
  }
  received_ += piece.size();
  return received;
}

}  // namespace vsockfwd::relay_load
