// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_GUEST_CONNECTION_H
#define VSOCKFWD_GUEST_CONNECTION_H

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>

#include "guest/byte_queue.h"
#include "guest/credit.h"
#include "guest/packet.h"
#include "lib/result.h"

namespace vsockfwd::guest {

/// Where a connection's packets go.
class PacketSink {
 public:
  virtual ~PacketSink() = default;

  /// Bytes of payload that one packet can carry.
  [[nodiscard]] virtual std::size_t payload_capacity() const = 0;

  /// Puts a packet on its way, which it starts with flush(); false if there is no room now.
  [[nodiscard]] virtual bool try_send(const PacketHeader& header,
                                      std::span<const std::byte> payload) = 0;

  /// Sends a packet without payload, later if there is no room now. Keeps the order.
  virtual void send_soon(const PacketHeader& header) = 0;

  virtual void flush() = 0;
};

/// What identifies a connection.
struct ConnectionKey {
  SocketType type = SocketType::stream;
  Address local;
  Address peer;

  auto operator<=>(const ConnectionKey&) const = default;
};

/// What Connection::receive() found.
struct Received {
  /// Stream: bytes received. Seqpacket: bytes of the message, of which those that did not fit are
  /// lost. 0: the peer sends nothing more.
  std::size_t length = 0;
  /// Seqpacket: whether the message ends a record (MSG_EOR).
  bool end_of_record = false;
};

/// One end of a connection as a guest's kernel keeps it: honest, with credit. Nothing waits: what
/// cannot be done now is to be tried again after handle() was called.
class Connection {
 public:
  enum class State { connecting, established, closed };

  /// Bytes that a connection can hold for its user, as many as Linux has by default. The peer may
  /// have to wait for ever to send a message that is longer than half of this.
  static constexpr std::uint32_t default_buffer_size = 256 * 1024;

  /// `sink` outlives this object.
  Connection(PacketSink& sink, const ConnectionKey& key, std::uint32_t buffer_size)
      : sink_(sink), key_(key), receive_credit_(buffer_size), held_(buffer_size) {}

  Connection(Connection&&) = delete;
  Connection& operator=(Connection&&) = delete;
  /// Resets the connection if it is still there.
  ~Connection();

  [[nodiscard]] const ConnectionKey& key() const { return key_; }
  [[nodiscard]] State state() const { return state_; }

  /// Asks the peer for the connection (REQUEST).
  void request();

  /// Takes the connection that the peer asked for with `request` (RESPONSE).
  void respond(const PacketHeader& request);

  /// Handles a packet from the peer.
  void handle(const PacketHeader& header, std::span<const std::byte> payload);

  /// Sends what credit and ring have room for, and returns how many bytes that was. Seqpacket:
  /// `data` is a message, or what is left of one; its last byte ends it, and a record if so wished.
  Result<std::size_t> send(std::span<const std::byte> data, bool end_of_record = false);

  /// Takes bytes (stream) or one message (seqpacket), if there is something to take. Of what lay
  /// here when the peer reset the connection, nothing is lost.
  Result<std::optional<Received>> receive(std::span<std::byte> out);

  /// Tells the peer that this end does not send, or receive, any more: bits of
  /// VIRTIO_VSOCK_SHUTDOWN_*.
  void shut_down(std::uint32_t directions);

 private:
  /// A message, or the part of one that came already.
  struct Message {
    std::size_t length = 0;
    bool complete = false;
    bool end_of_record = false;
  };

  [[nodiscard]] PacketHeader make_header(std::uint16_t op);
  void tell(std::uint16_t op, std::uint32_t flags = 0);
  void reset();
  /// Sends the start of `data` in one packet; returns how many bytes that was.
  std::size_t send_packet(std::span<const std::byte> data, bool end_of_record);
  void handle_data(const PacketHeader& header, std::span<const std::byte> payload);
  void count_message(const PacketHeader& header);
  void finish_if_peer_is_done();
  void forward(std::size_t bytes);
  std::optional<Received> receive_bytes(std::span<std::byte> out);
  std::optional<Received> receive_message(std::span<std::byte> out);

  PacketSink& sink_;
  ConnectionKey key_;
  State state_ = State::connecting;
  SendCredit send_credit_;
  ReceiveCredit receive_credit_;
  ByteQueue held_;
  /// Seqpacket: how held_ falls into messages.
  std::deque<Message> messages_;
  /// What either end has announced: bits of VIRTIO_VSOCK_SHUTDOWN_*.
  std::uint32_t peer_shutdown_ = 0;
  std::uint32_t own_shutdown_ = 0;
  /// Why the connection was closed other than in good order; no message if it was not.
  Error failure_;
};

}  // namespace vsockfwd::guest

#endif  // VSOCKFWD_GUEST_CONNECTION_H
