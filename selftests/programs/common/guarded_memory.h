// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_PROGRAMS_GUARDED_MEMORY_H
#define VSOCKFWD_PROGRAMS_GUARDED_MEMORY_H

#include <cstddef>
#include <memory>
#include <span>

#include "lib/result.h"

namespace vsockfwd::programs {

/// Memory right before a page that nobody may touch, the kernel included.
class GuardedMemory {
 public:
  /// A copy of `contents`, the last byte of which is the last that can be reached.
  static Result<GuardedMemory> create(std::span<const std::byte> contents);

  /// The first byte, or with no contents, the first that cannot be reached.
  [[nodiscard]] std::span<std::byte> bytes() const { return bytes_; }

  /// From now on, the contents can only be read.
  [[nodiscard]] Result<void> make_read_only() const;

 private:
  struct Unmap {
    std::size_t size = 0;
    void operator()(std::byte* start) const;
  };
  using Mapping = std::unique_ptr<std::byte, Unmap>;

  GuardedMemory(Mapping mapping, std::span<std::byte> bytes)
      : mapping_(std::move(mapping)), bytes_(bytes) {}

  Mapping mapping_;
  std::span<std::byte> bytes_;
};

}  // namespace vsockfwd::programs

#endif  // VSOCKFWD_PROGRAMS_GUARDED_MEMORY_H
