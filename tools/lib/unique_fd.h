// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_UNIQUE_FD_H
#define VSOCKFWD_LIB_UNIQUE_FD_H

#include <unistd.h>

#include <utility>

namespace vsockfwd {

/// Owns one file descriptor and closes it.
class UniqueFd {
 public:
  UniqueFd() = default;
  /// Takes ownership of `fd`; a negative one owns nothing.
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  /// The descriptor, still owned here; -1 if there is none.
  [[nodiscard]] int get() const { return fd_; }

  explicit operator bool() const { return fd_ >= 0; }

  /// Hands the descriptor over to the caller.
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

  /// Closes what is owned and owns `fd` from now on.
  void reset(int fd = -1) {
    // The outcome of close() does not matter: the descriptor is gone either way.
    if (const int old = std::exchange(fd_, fd < 0 ? -1 : fd); old >= 0) ::close(old);
  }

 private:
  int fd_ = -1;
};

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_UNIQUE_FD_H
