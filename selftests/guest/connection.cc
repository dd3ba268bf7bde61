// SPDX-License-Identifier: GPL-2.0
#include "guest/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace vsockfwd::guest {
namespace {

constexpr std::uint32_t both_directions = VIRTIO_VSOCK_SHUTDOWN_RCV | VIRTIO_VSOCK_SHUTDOWN_SEND;

}  // namespace

Connection::~Connection() {
  reset();
}

PacketHeader Connection::make_header(std::uint16_t op) {
  receive_credit_.told();
  return {
      .src = key_.local,
      .dst = key_.peer,
      .type = static_cast<std::uint16_t>(key_.type),
      .op = op,
      .buf_alloc = receive_credit_.buf_alloc(),
      .fwd_cnt = receive_credit_.fwd_cnt(),
  };
}

void Connection::tell(std::uint16_t op, std::uint32_t flags) {
  auto header = make_header(op);
  header.flags = flags;
  sink_.send_soon(header);
}

void Connection::request() {
  tell(VIRTIO_VSOCK_OP_REQUEST);
}

void Connection::respond(const PacketHeader& request) {
  send_credit_.update(request.buf_alloc, request.fwd_cnt);
  state_ = State::established;
  tell(VIRTIO_VSOCK_OP_RESPONSE);
}

void Connection::reset() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  tell(VIRTIO_VSOCK_OP_RST);
}

void Connection::handle(const PacketHeader& header, std::span<const std::byte> payload) {
  if (state_ == State::closed) return;
  send_credit_.update(header.buf_alloc, header.fwd_cnt);

  switch (header.op) {
    case VIRTIO_VSOCK_OP_RESPONSE:
      state_ = State::established;
      break;
    case VIRTIO_VSOCK_OP_RST:
      state_ = State::closed;
      // An answer to the end of the connection is no failure.
      if (own_shutdown_ != both_directions && peer_shutdown_ != both_directions) {
        failure_ = {.message = "the peer reset the connection", .hint = {}, .code = ECONNRESET};
      }
      break;
    case VIRTIO_VSOCK_OP_SHUTDOWN:
      peer_shutdown_ |= header.flags;
      finish_if_peer_is_done();
      break;
    case VIRTIO_VSOCK_OP_RW:
      handle_data(header, payload);
      break;
    case VIRTIO_VSOCK_OP_CREDIT_REQUEST:
      tell(VIRTIO_VSOCK_OP_CREDIT_UPDATE);
      break;
    default:
      break;
  }
}

void Connection::handle_data(const PacketHeader& header, std::span<const std::byte> payload) {
  if (!receive_credit_.receive(static_cast<std::uint32_t>(payload.size()))) {
    failure_ = {.message = fmt::format("the peer sent {} bytes without credit", payload.size()),
                .hint = {},
                .code = EPROTO};
    reset();
    return;
  }
  held_.push(payload);
  if (key_.type == SocketType::seqpacket) count_message(header);
}

void Connection::count_message(const PacketHeader& header) {
  if (messages_.empty() || messages_.back().complete) messages_.emplace_back();
  auto& message = messages_.back();
  message.length += header.length;
  message.complete = (header.flags & VIRTIO_VSOCK_SEQ_EOM) != 0;
  message.end_of_record = (header.flags & VIRTIO_VSOCK_SEQ_EOR) != 0;
}

void Connection::finish_if_peer_is_done() {
  if (peer_shutdown_ == both_directions && held_.size() == 0) reset();
}

Result<std::size_t> Connection::send(std::span<const std::byte> data, bool end_of_record) {
  if (!failure_.message.empty()) return Failure(failure_);
  if (state_ == State::closed || (peer_shutdown_ & VIRTIO_VSOCK_SHUTDOWN_RCV) != 0) {
    return Failure(Error{"the peer receives nothing more", {}, EPIPE});
  }
  if (key_.type == SocketType::seqpacket && data.size() > send_credit_.buf_alloc()) {
    return Failure(
        Error{fmt::format("a message of {} bytes does not fit into the peer's buffer of {}",
                          data.size(), send_credit_.buf_alloc()),
              {},
              EMSGSIZE});
  }

  std::size_t sent = 0;
  while (sent < data.size()) {
    const std::size_t length = send_packet(data.subspan(sent), end_of_record);
    if (length == 0) break;
    sent += length;
  }
  sink_.flush();
  return sent;
}

std::size_t Connection::send_packet(std::span<const std::byte> data, bool end_of_record) {
  const std::size_t length =
      std::min<std::size_t>({data.size(), send_credit_.available(), sink_.payload_capacity()});
  if (length == 0) return 0;

  auto header = make_header(VIRTIO_VSOCK_OP_RW);
  header.length = static_cast<std::uint32_t>(length);
  if (key_.type == SocketType::seqpacket && length == data.size()) {
    header.flags |= VIRTIO_VSOCK_SEQ_EOM;
    if (end_of_record) header.flags |= VIRTIO_VSOCK_SEQ_EOR;
  }
  if (!sink_.try_send(header, data.first(length))) return 0;
  send_credit_.spend(header.length);
  return length;
}

Result<std::optional<Received>> Connection::receive(std::span<std::byte> out) {
  const auto received = key_.type == SocketType::stream ? receive_bytes(out) : receive_message(out);
  if (received) {
    finish_if_peer_is_done();
    return received;
  }
  if (!failure_.message.empty()) return Failure(failure_);
  const bool ended = state_ == State::closed || (peer_shutdown_ & VIRTIO_VSOCK_SHUTDOWN_SEND) != 0;
  return ended ? std::optional(Received{}) : std::nullopt;
}

std::optional<Received> Connection::receive_bytes(std::span<std::byte> out) {
  const std::size_t length = std::min(out.size(), held_.size());
  if (length == 0) return std::nullopt;
  held_.pop(out.first(length));
  forward(length);
  return Received{.length = length};
}

std::optional<Received> Connection::receive_message(std::span<std::byte> out) {
  if (messages_.empty() || !messages_.front().complete) return std::nullopt;
  const auto message = messages_.front();
  messages_.pop_front();
  const std::size_t fits = std::min(out.size(), message.length);
  held_.pop(out.first(fits));
  held_.drop(message.length - fits);
  forward(message.length);
  return Received{.length = message.length, .end_of_record = message.end_of_record};
}

void Connection::forward(std::size_t bytes) {
  receive_credit_.forward(static_cast<std::uint32_t>(bytes));
  if (state_ == State::established && receive_credit_.worth_telling()) {
    tell(VIRTIO_VSOCK_OP_CREDIT_UPDATE);
  }
}

void Connection::shut_down(std::uint32_t directions) {
  own_shutdown_ |= directions;
  if (state_ == State::established) tell(VIRTIO_VSOCK_OP_SHUTDOWN, own_shutdown_);
}

}  // namespace vsockfwd::guest
