// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/transit.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace vsockfwd::relay {
namespace {

/// What is kept for later; the rest goes back to the system.
constexpr std::size_t spare_buffers = 16;
constexpr std::size_t spare_pipes = 16;

template <typename T>
T take_last(std::vector<T>& spares) {
  T last = std::move(spares.back());
  spares.pop_back();
  return last;
}

}  // namespace

Buffer TransitPool::take_buffer() {
  if (!buffers_.empty()) return take_last(buffers_);
  return std::make_unique_for_overwrite<Buffer::element_type>();
}

void TransitPool::give_back(Buffer buffer) {
  if (buffers_.size() < spare_buffers) buffers_.push_back(std::move(buffer));
}

Dropped TransitPool::drop(int fd, int most) {
  auto buffer = take_buffer();
  auto result = Dropped::some;
  for (int drops = 0; result == Dropped::some && drops < most; ++drops) {
    const auto count = ::recv(fd, buffer->data(), buffer_size, 0);
    if (count > 0 || (count < 0 && errno == EINTR)) continue;
    result = count < 0 && errno == EAGAIN ? Dropped::everything : Dropped::end;
  }
  give_back(std::move(buffer));
  return result;
}

std::unique_ptr<Pipe> TransitPool::take_pipe() {
  if (!pipes_.empty()) return take_last(pipes_);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) < 0) return nullptr;
  auto pipe = std::make_unique<Pipe>(Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])});
  if (std::max(ends[0], ends[1]) >= pipes_below_) return nullptr;
  // Beyond a user's share of pipe memory this fails, and the default size has to do.
  ::fcntl(pipe->write_end.get(), F_SETPIPE_SZ, static_cast<int>(pipe_size));
  return pipe;
}

void TransitPool::give_back(std::unique_ptr<Pipe> pipe) {
  if (pipes_.size() < spare_pipes) pipes_.push_back(std::move(pipe));
}

}  // namespace vsockfwd::relay
