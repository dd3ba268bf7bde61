// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_GUEST_CREDIT_H
#define VSOCKFWD_GUEST_CREDIT_H

#include <cstdint>

namespace vsockfwd::guest {

/// How much may be sent: the peer's buffer less what is on its way or lies there. All counters wrap
/// around at 2^32.
class SendCredit {
 public:
  /// Takes over what a packet from the peer says.
  void update(std::uint32_t buf_alloc, std::uint32_t fwd_cnt) {
    buf_alloc_ = buf_alloc;
    fwd_cnt_ = fwd_cnt;
  }

  /// Bytes that may be sent now. 0 also if the peer made its buffer smaller than what it holds.
  [[nodiscard]] std::uint32_t available() const {
    const std::uint32_t outstanding = sent_ - fwd_cnt_;
    return outstanding < buf_alloc_ ? buf_alloc_ - outstanding : 0;
  }

  /// Bytes that the peer can hold at all.
  [[nodiscard]] std::uint32_t buf_alloc() const { return buf_alloc_; }

  /// Counts bytes that were sent.
  void spend(std::uint32_t bytes) { sent_ += bytes; }

 private:
  std::uint32_t buf_alloc_ = 0;
  std::uint32_t fwd_cnt_ = 0;
  std::uint32_t sent_ = 0;
};

/// How much the peer may send, as we told it.
class ReceiveCredit {
 public:
  explicit ReceiveCredit(std::uint32_t buf_alloc) : buf_alloc_(buf_alloc) {}

  [[nodiscard]] std::uint32_t buf_alloc() const { return buf_alloc_; }
  [[nodiscard]] std::uint32_t fwd_cnt() const { return fwd_cnt_; }

  /// Counts bytes that the peer sent. False, and nothing is counted, if it had no credit for them.
  [[nodiscard]] bool receive(std::uint32_t bytes) {
    if (bytes > buf_alloc_ - held_) return false;
    held_ += bytes;
    return true;
  }

  /// Counts bytes that our user has taken.
  void forward(std::uint32_t bytes) {
    held_ -= bytes;
    fwd_cnt_ += bytes;
  }

  /// Remembers that the peer was told fwd_cnt(), as every packet does.
  void told() { told_fwd_cnt_ = fwd_cnt_; }

  /// Whether the peer knows so little of the room that there is that it should be told: it takes
  /// half of the buffer for used, and it is not.
  [[nodiscard]] bool worth_telling() const { return fwd_cnt_ - told_fwd_cnt_ >= buf_alloc_ / 2; }

 private:
  std::uint32_t buf_alloc_;
  std::uint32_t held_ = 0;
  std::uint32_t fwd_cnt_ = 0;
  std::uint32_t told_fwd_cnt_ = 0;
};

}  // namespace vsockfwd::guest

#endif  // VSOCKFWD_GUEST_CREDIT_H
