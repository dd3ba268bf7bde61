// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_GUEST_ENDPOINT_H
#define VSOCKFWD_GUEST_ENDPOINT_H

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <utility>

#include "guest/connection.h"
#include "guest/deadline.h"
#include "guest/packet.h"
#include "guest/userspace_guest.h"
#include "lib/result.h"

namespace vsockfwd::guest {

/// The honest vsock stack of a guest: its connections and listening ports. One thread at a time may
/// use it and its connections.
class Endpoint : private PacketSink {
 public:
  /// Gets to see every packet that the guest receives.
  using Observer = std::function<void(const PacketHeader&)>;

  /// `guest` outlives this object, and this object its connections.
  explicit Endpoint(UserspaceGuest& guest, Observer observer = {});
  Endpoint(Endpoint&&) = delete;
  Endpoint& operator=(Endpoint&&) = delete;
  ~Endpoint() override;

  /// Lets peers connect to a port.
  void listen(SocketType type, std::uint32_t port) { listening_.emplace(type, port); }

  /// Connects to `peer` from a port that is free. The code of the error is ETIMEDOUT if there was
  /// no answer, ECONNRESET if the answer was no.
  Result<std::shared_ptr<Connection>> connect(SocketType type, const Address& peer,
                                              Deadline deadline);

  /// The next connection to a listening port. The code of the error is ETIMEDOUT if none came.
  Result<std::shared_ptr<Connection>> accept(Deadline deadline);

  /// Tells the peer that the connection ends, and waits until it agrees. What it still sends is
  /// lost.
  Result<void> close(Connection& connection, Deadline deadline);

  /// Handles every packet that is there. If there is none, waits for one, or for room to send.
  /// False if neither came before the deadline.
  Result<bool> poll(Deadline deadline);

 private:
  [[nodiscard]] std::size_t payload_capacity() const override;
  [[nodiscard]] bool try_send(const PacketHeader& header,
                              std::span<const std::byte> payload) override;
  void send_soon(const PacketHeader& header) override;
  void flush() override;

  Connection* find(const ConnectionKey& key) const;
  void remove(Connection* connection);
  void send_delayed();
  bool handle_received();
  void handle(const PacketHeader& header, std::span<const std::byte> payload);
  void answer_stranger(const PacketHeader& header);
  std::shared_ptr<Connection> add_connection(const ConnectionKey& key);
  ConnectionKey choose_key(SocketType type, const Address& peer);

  UserspaceGuest& guest_;
  Observer observer_;
  std::set<std::pair<SocketType, std::uint32_t>> listening_;
  /// A connection that has ended gives way to a new one, if its user keeps it for so long.
  std::map<ConnectionKey, Connection*> connections_;
  std::deque<std::shared_ptr<Connection>> accepted_;
  /// Packets without payload for which there was no room in the ring.
  std::deque<PacketHeader> delayed_;
  std::uint32_t next_port_;
};

}  // namespace vsockfwd::guest

#endif  // VSOCKFWD_GUEST_ENDPOINT_H
