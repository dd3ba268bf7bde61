// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/flow.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace vsockfwd::relay {
namespace {

/// Chunks that one direction may move before it is the others' turn.
constexpr int chunks_per_turn = 16;
/// A source that fills so many buffers in a row sends bulk, and is worth a pipe until a chunk is
/// smaller than this.
constexpr std::uint8_t full_reads_for_bulk = 2;
constexpr std::ptrdiff_t worth_splicing = std::ptrdiff_t{16} * 1024;

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK;
}

}  // namespace

Flow::State Flow::pump(Endpoint& source, Endpoint& sink, TransitPool& pool) {
  deliver(sink);
  for (int chunk = 0; chunk < chunks_per_turn; ++chunk) {
    const bool over = sink.broken || (source.ended && !holds_bytes());
    if (over || holds_bytes() || !source.readable) {
      give_back(pool);
      return over ? State::over : State::waiting;
    }
    fetch(source, sink, pool);
    deliver(sink);
  }
  give_back(pool);
  return State::interrupted;
}

Flow::State Flow::wind_up(Endpoint& source, Endpoint& sink, TransitPool& pool) {
  deliver(sink);
  const bool wanted = !sink.broken && !sink.shut;
  if (holds_bytes() && wanted) return State::waiting;
  give_back(pool);
  if (source.ended) return State::over;
  if (!source.readable) return State::waiting;
  switch (pool.drop(source.fd.get(), drops_per_turn)) {
    case Dropped::some:
      return State::interrupted;
    case Dropped::everything:
      source.readable = false;
      return State::waiting;
    case Dropped::end:
      source.ended = true;
  }
  return State::over;
}

std::uint64_t Flow::take_delivered() {
  return std::exchange(delivered_, 0);
}

void Flow::fetch(Endpoint& source, Endpoint& sink, TransitPool& pool) {
  const bool bulk = full_reads_in_a_row_ >= full_reads_for_bulk && source.splice_size != 0;
  if (bulk) prepare_for_bulk(sink);
  if (bulk && !pipe_) pipe_ = pool.take_pipe();
  if (!bulk && pipe_) pool.give_back(std::move(pipe_));
  if (pipe_) {
    splice_in(source);
  } else {
    if (!buffer_) buffer_ = pool.take_buffer();
    receive(source);
  }
}

void Flow::receive(Endpoint& source) {
  const auto count = ::recv(source.fd.get(), buffer_->data(), buffer_size, 0);
  note_fetched(source, count);
  if (count == static_cast<std::ptrdiff_t>(buffer_size)) {
    if (full_reads_in_a_row_ < full_reads_for_bulk) ++full_reads_in_a_row_;
    return;
  }
  full_reads_in_a_row_ = 0;
  if (count > 0 && source.short_read_drains) source.readable = false;
}

void Flow::splice_in(Endpoint& source) {
  const auto count = ::splice(source.fd.get(), nullptr, pipe_->write_end.get(), nullptr,
                              source.splice_size, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  if (count >= 0 && count < worth_splicing) full_reads_in_a_row_ = 0;
  // The end, or urgent data of which no event has told yet: recv() tells them apart.
  if (count != 0) note_fetched(source, count);
}

void Flow::note_fetched(Endpoint& source, std::ptrdiff_t count) {
  begin_ = 0;
  end_ = count > 0 ? static_cast<std::uint32_t>(count) : 0;
  if (count > 0 || (count < 0 && errno == EINTR)) return;
  if (count < 0 && would_block()) {
    source.readable = false;
    return;
  }
  source.ended = true;
  if (count < 0) source.broken = true;
}

void Flow::deliver(Endpoint& sink) {
  while (holds_bytes() && sink.writable && !sink.broken) {
    const auto count = send_once(sink);
    if (count > 0) {
      begin_ += static_cast<std::uint32_t>(count);
      delivered_ += static_cast<std::uint64_t>(count);
    } else if (would_block()) {
      sink.writable = false;
    } else if (errno != EINTR) {
      // Except with TCP, the peer has merely closed: what it said before that is still good.
      const bool closed = !sink.tcp && errno == EPIPE;
      (closed ? sink.shut : sink.broken) = true;
      sink.writable = false;
      // It is still worth reading, and no event may come for it.
      sink.readable = true;
    }
  }
}

std::ptrdiff_t Flow::send_once(const Endpoint& sink) {
  const std::size_t left = end_ - begin_;
  if (!pipe_) return ::send(sink.fd.get(), buffer_->data() + begin_, left, MSG_NOSIGNAL);
  // SIGPIPE, which this cannot suppress, is blocked in every worker.
  return ::splice(pipe_->read_end.get(), nullptr, sink.fd.get(), nullptr, left,
                  SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
}

void Flow::give_back(TransitPool& pool) {
  if (holds_bytes()) return;
  if (buffer_) pool.give_back(std::move(buffer_));
  if (pipe_) pool.give_back(std::move(pipe_));
}

}  // namespace vsockfwd::relay
