// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_GUEST_BYTE_QUEUE_H
#define VSOCKFWD_GUEST_BYTE_QUEUE_H

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>

namespace vsockfwd::guest {

/// Bytes in the order in which they came, up to a fixed number. Memory that was never needed is
/// never touched.
class ByteQueue {
 public:
  explicit ByteQueue(std::size_t capacity)
      : bytes_(std::make_unique_for_overwrite<std::byte[]>(capacity)), capacity_(capacity) {}

  [[nodiscard]] std::size_t size() const { return size_; }

  /// Appends bytes; there must be room for them.
  void push(std::span<const std::byte> bytes) {
    const std::size_t end = (start_ + size_) % capacity_;
    const std::size_t before_wrap = std::min(bytes.size(), capacity_ - end);
    std::ranges::copy(bytes.first(before_wrap), &bytes_[end]);
    std::ranges::copy(bytes.subspan(before_wrap), &bytes_[0]);
    size_ += bytes.size();
  }

  /// Moves the oldest bytes into `out`, as many as it holds; there must be that many.
  void pop(std::span<std::byte> out) {
    const std::size_t before_wrap = std::min(out.size(), capacity_ - start_);
    std::copy_n(&bytes_[start_], before_wrap, out.begin());
    std::copy_n(&bytes_[0], out.size() - before_wrap, out.subspan(before_wrap).begin());
    drop(out.size());
  }

  /// Removes the oldest bytes; there must be that many.
  void drop(std::size_t count) {
    start_ = (start_ + count) % capacity_;
    size_ -= count;
  }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t capacity_;
  std::size_t start_ = 0;
  std::size_t size_ = 0;
};

}  // namespace vsockfwd::guest

#endif  // VSOCKFWD_GUEST_BYTE_QUEUE_H
