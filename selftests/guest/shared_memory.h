// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_GUEST_SHARED_MEMORY_H
#define VSOCKFWD_GUEST_SHARED_MEMORY_H

#include <cstddef>
#include <cstdint>

#include "lib/result.h"

namespace vsockfwd::guest {

/// Zeroed memory that plays the guest's RAM: the device reads and writes it. Takes up room only
/// where it was touched.
class SharedMemory {
 public:
  /// The guest's address of the first byte. Neither 0 nor the address in this process, so that a
  /// mix-up is seen.
  static constexpr std::uint64_t guest_base = 0x100000;

  /// Maps `size` bytes.
  static Result<SharedMemory> create(std::size_t size);

  SharedMemory(SharedMemory&& other) noexcept;
  SharedMemory& operator=(SharedMemory&& other) noexcept;
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory();

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }

  /// The guest's address of a byte in here.
  [[nodiscard]] std::uint64_t guest_address(const std::byte* byte) const {
    return guest_base + static_cast<std::uint64_t>(byte - data_);
  }

 private:
  SharedMemory(std::byte* data, std::size_t size) : data_(data), size_(size) {}

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace vsockfwd::guest

#endif  // VSOCKFWD_GUEST_SHARED_MEMORY_H
