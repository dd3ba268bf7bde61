// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_GUEST_VRING_H
#define VSOCKFWD_GUEST_VRING_H

// The legacy part of the header is C only.
#define VIRTIO_RING_NO_LEGACY
#include <linux/virtio_ring.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace vsockfwd::guest {

/// A piece of guest memory that one descriptor names.
struct Segment {
  /// The guest's address of the first byte.
  std::uint64_t address = 0;
  std::uint32_t length = 0;
  /// VRING_DESC_F_*. NEXT is added where a segment follows; on the last segment it makes the chain
  /// a loop, which no honest driver offers.
  std::uint16_t flags = 0;
};

/// The driver's side of a split virtqueue, without event indexes and indirect descriptors.
/// Allocates nothing once it is made.
class Vring {
 public:
  /// A chain that the device is done with.
  struct Used {
    /// The chain's first descriptor.
    std::uint16_t head = 0;
    /// Bytes that the device wrote into the chain.
    std::uint32_t written = 0;
  };

  /// Bytes that a ring of `size` descriptors takes up.
  static constexpr std::size_t footprint(std::uint16_t size) {
    return used_offset(size) + sizeof(vring_used) + size * sizeof(vring_used_elem) + event_size;
  }

  /// A ring of `size` descriptors (a power of two, up to 32768) in `memory`, which is zeroed,
  /// aligned to 16 bytes, has footprint(size) bytes and outlives this object.
  Vring(std::byte* memory, std::uint16_t size);

  [[nodiscard]] std::uint16_t size() const { return size_; }
  [[nodiscard]] std::uint16_t free_descriptors() const { return free_; }

  /// The head that the next chain gets. Only if there is a free descriptor.
  [[nodiscard]] std::uint16_t next_head() const { return first_free_; }

  /// Puts a chain into the ring, where the device sees it after publish(). False if it has no
  /// segment, or there are fewer free descriptors than segments.
  [[nodiscard]] bool add(std::span<const Segment> chain);

  /// Shows the device everything that was added. False if nothing was added since the last time.
  bool publish();

  /// Whether the device has to be kicked to see what was published.
  [[nodiscard]] bool device_wants_kick() const;

  /// Whether take_used() would return something.
  [[nodiscard]] bool has_used() const;

  /// The next chain that the device is done with. Throws if it is none that was added: from there
  /// on, nothing the device says can be believed.
  std::optional<Used> take_used();

  /// Frees the descriptors of a chain that was taken. The next chain gets the same head.
  void release(std::uint16_t head);

  /// Asks the device to signal used chains, or not to. It may signal all the same. After asking,
  /// look at has_used() once more before waiting.
  void request_signals(bool wanted);

  /// The three parts, as addresses in this process.
  [[nodiscard]] const vring_desc* descriptors() const { return descriptors_; }
  [[nodiscard]] const vring_avail* available() const { return available_; }
  [[nodiscard]] const vring_used* used() const { return used_; }

 private:
  /// Both index rings end with an event index, which is there even when it is not used.
  static constexpr std::size_t event_size = sizeof(__virtio16);

  static constexpr std::size_t available_offset(std::uint16_t size) {
    return size * sizeof(vring_desc);
  }
  static constexpr std::size_t used_offset(std::uint16_t size) {
    const std::size_t end =
        available_offset(size) + sizeof(vring_avail) + size * sizeof(__virtio16) + event_size;
    return (end + VRING_USED_ALIGN_SIZE - 1) / VRING_USED_ALIGN_SIZE * VRING_USED_ALIGN_SIZE;
  }

  vring_desc* descriptors_;
  vring_avail* available_;
  vring_used* used_;
  std::uint16_t size_;

  /// Free descriptors are linked through next_, as are those of a chain: not through the ring's own
  /// links, which may have been made wrong on purpose.
  std::vector<std::uint16_t> next_;
  /// Number of descriptors of the chain that starts here; 0 if none does.
  std::vector<std::uint16_t> chain_length_;
  std::uint16_t first_free_ = 0;
  std::uint16_t free_;

  std::uint16_t added_ = 0;
  std::uint16_t published_ = 0;
  std::uint16_t taken_ = 0;
};

}  // namespace vsockfwd::guest

#endif  // VSOCKFWD_GUEST_VRING_H
