// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_GUEST_USERSPACE_GUEST_H
#define VSOCKFWD_GUEST_USERSPACE_GUEST_H

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <span>

#include "guest/deadline.h"
#include "guest/packet.h"
#include "guest/shared_memory.h"
#include "guest/vhost_vsock.h"
#include "guest/vring.h"
#include "lib/cid.h"
#include "lib/result.h"
#include "lib/unique_fd.h"

namespace vsockfwd::guest {

/// What a guest is made of. It takes up about 2 * ring_size * capacity bytes, once all was used.
struct GuestOptions {
  /// The guest's address: 3 to 2^32 - 2.
  Cid cid = 0;
  /// Descriptors in each of both rings: a power of two, up to 32768.
  std::uint16_t ring_size = 64;
  /// Bytes of payload that fit into a packet, in each direction. The host sends longer data in
  /// several packets.
  std::uint32_t payload_capacity = 4096;
  /// Whether the guest offers SOCK_SEQPACKET.
  bool seqpacket = true;
  std::filesystem::path device = "/dev/vhost-vsock";
};

/// How a packet is laid out in descriptors. By default it lies in one; an honest driver uses one or
/// split_layout.
struct Layout {
  static constexpr std::uint32_t all = std::numeric_limits<std::uint32_t>::max();

  /// Bytes of the packet in the first descriptor; what is left goes into a second one.
  std::uint32_t first = all;
  /// Bytes of the packet, header included, that are in descriptors at all.
  std::uint32_t total = all;
  /// Bytes behind the payload that are sent as the buffer has them: nobody copies them there.
  std::uint32_t as_they_are = 0;
  /// VRING_DESC_F_* of the last descriptor.
  std::uint16_t last_flags = 0;
};

/// Header and payload in a descriptor each.
inline constexpr Layout split_layout{.first = header_size};

/// A packet from the host, where the device wrote it.
struct ReceivedPacket {
  PacketHeader header;
  /// Valid until the packet is given back.
  std::span<const std::byte> payload;
  /// Which buffer the packet is in.
  std::uint16_t buffer = 0;
};

/// The device of a guest without a guest: whoever calls is its virtio-vsock driver and may send any
/// packet, honest or hostile. One thread at a time may use it.
///
/// Packets are handled in batches: stage(), take() and give_back() only touch memory, flush() lets
/// the host know, and wait() lets the caller sleep. None of them allocates.
class UserspaceGuest {
 public:
  /// Makes a guest and starts it.
  static Result<std::unique_ptr<UserspaceGuest>> create(const GuestOptions& options);

  UserspaceGuest(UserspaceGuest&&) = delete;
  UserspaceGuest& operator=(UserspaceGuest&&) = delete;
  ~UserspaceGuest() = default;

  [[nodiscard]] Cid cid() const { return options_.cid; }
  [[nodiscard]] std::uint32_t payload_capacity() const { return options_.payload_capacity; }

  /// Puts a packet into the transmit ring, whatever the header says. False if there is no room now.
  /// `payload` is copied; with what is sent as it is, it has at most payload_capacity() bytes.
  [[nodiscard]] bool stage(const PacketHeader& header, std::span<const std::byte> payload = {},
                           const Layout& layout = {});

  /// Descriptors of packets that the device has not given back. It keeps those of packets that it
  /// can make no sense of.
  [[nodiscard]] std::uint16_t unsent();

  /// Takes the oldest packet that came from the host, if there is one. Throws if the device wrote
  /// less than a header, or another number of bytes than the header says.
  std::optional<ReceivedPacket> take();

  /// Lets the device use the buffer of a packet again.
  void give_back(const ReceivedPacket& packet);

  /// Shows the host everything that was staged and given back; kicks it if it asks for that.
  void flush();

  /// Flushes, and waits for a packet from the host; after stage() found no room, also for room.
  /// False if neither came before the deadline.
  Result<bool> wait(Deadline deadline);

 private:
  /// A ring, its eventfd for kicks, and a buffer for each descriptor: a chain uses the buffer with
  /// the number of its head.
  struct Queue {
    Vring ring;
    UniqueFd kick;
    std::byte* buffers;
  };

  UserspaceGuest(const GuestOptions& options, SharedMemory memory, UniqueFd receive_kick,
                 UniqueFd transmit_kick, UniqueFd call);

  [[nodiscard]] std::size_t buffer_size() const { return header_size + payload_size(); }
  [[nodiscard]] std::size_t payload_size() const { return options_.payload_capacity; }
  [[nodiscard]] std::byte* buffer(const Queue& queue, std::uint16_t index) const;

  Result<void> start();
  void offer_receive_buffer();
  void flush(Queue& queue);
  void reclaim_sent();
  [[nodiscard]] bool has_news() const;
  void request_signals(bool wanted);
  Result<bool> wait_for_signal(Deadline deadline) const;

  GuestOptions options_;
  SharedMemory memory_;
  Queue receive_;
  Queue transmit_;
  /// Whether stage() found no room since the last wait.
  bool wants_room_ = false;
  /// Signalled by the device for both rings.
  UniqueFd call_;
  /// Last, so that it is closed, and the device is out of the memory, before that goes.
  std::optional<VhostVsock> vhost_;
};

}  // namespace vsockfwd::guest

#endif  // VSOCKFWD_GUEST_USERSPACE_GUEST_H
