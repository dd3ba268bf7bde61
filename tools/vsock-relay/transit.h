// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_TRANSIT_H
#define VSOCKFWD_VSOCK_RELAY_TRANSIT_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "lib/unique_fd.h"

namespace vsockfwd::relay {

/// Bytes that are read with one call, and at most held back for one direction of a connection.
inline constexpr std::size_t buffer_size = std::size_t{64} * 1024;
/// The same for a pipe, if the kernel lets us have one so large: by default, it is the most that it
/// lets anybody have.
inline constexpr std::uint32_t pipe_size = 1024 * 1024;

/// Buffers to drop before it is the others' turn.
inline constexpr int drops_per_turn = 16;

using Buffer = std::unique_ptr<std::array<std::byte, buffer_size>>;

/// What is left of what a socket has to read: something, nothing, or nothing for ever.
enum class Dropped { some, everything, end };

/// A pipe to splice through.
struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

/// The buffers and pipes of one thread. They are lent for as long as there is something in them, so
/// that a few serve any number of connections, and stay in the processor's cache.
class TransitPool {
 public:
  Buffer take_buffer();
  void give_back(Buffer buffer);

  /// Reads at most so many buffers, for nobody.
  Dropped drop(int fd, int most);

  /// Pipes are to have descriptors below this number.
  void keep_pipes_below(int number) { pipes_below_ = number; }
  /// Nothing if there are no descriptors left.
  std::unique_ptr<Pipe> take_pipe();
  /// The pipe must be empty.
  void give_back(std::unique_ptr<Pipe> pipe);

 private:
  std::vector<Buffer> buffers_;
  std::vector<std::unique_ptr<Pipe>> pipes_;
  int pipes_below_ = std::numeric_limits<int>::max();
};

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_TRANSIT_H
