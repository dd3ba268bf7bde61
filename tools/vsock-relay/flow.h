// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_FLOW_H
#define VSOCKFWD_VSOCK_RELAY_FLOW_H

#include <cstddef>
#include <cstdint>
#include <memory>

#include "vsock-relay/endpoint.h"
#include "vsock-relay/transit.h"

namespace vsockfwd::relay {

/// One direction of a connection. Holds a buffer or a pipe only while there is something in it.
class Flow {
 public:
  enum class State {
    /// An event will tell when there is more to do.
    waiting,
    /// There is more to do, after the others had their turn.
    interrupted,
    /// All has been delivered, and there will be no more; or the sink does not want it.
    over,
  };

  /// Moves what can be moved now, but only so much at a time.
  State pump(Endpoint& source, Endpoint& sink, TransitPool& pool);
  /// Moves what has been read already, and drops what comes after it.
  State wind_up(Endpoint& source, Endpoint& sink, TransitPool& pool);

  /// Bytes delivered since the last call.
  std::uint64_t take_delivered();
  /// Whether something is read that is not delivered.
  [[nodiscard]] bool holds_bytes() const { return begin_ != end_; }

 private:
  void fetch(Endpoint& source, Endpoint& sink, TransitPool& pool);
  void receive(Endpoint& source);
  void splice_in(Endpoint& source);
  void note_fetched(Endpoint& source, std::ptrdiff_t count);
  void deliver(Endpoint& sink);
  std::ptrdiff_t send_once(const Endpoint& sink);
  void give_back(TransitPool& pool);

  Buffer buffer_;
  /// If set, it holds what is held; else the buffer does.
  std::unique_ptr<Pipe> pipe_;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
  std::uint64_t delivered_ = 0;
  std::uint8_t full_reads_in_a_row_ = 0;
};

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_FLOW_H
