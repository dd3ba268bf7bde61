// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_GUEST_VHOST_VSOCK_H
#define VSOCKFWD_GUEST_VHOST_VSOCK_H

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "guest/shared_memory.h"
#include "guest/vring.h"
#include "lib/cid.h"
#include "lib/result.h"
#include "lib/unique_fd.h"

namespace vsockfwd::guest {

/// The virtqueues that the kernel handles, from the guest's point of view.
enum class VhostQueue : unsigned { receive = 0, transmit = 1 };

/// One open /dev/vhost-vsock: the ioctls, a method each.
class VhostVsock {
 public:
  /// Opens the device at `path` and makes this process its owner.
  static Result<VhostVsock> open(const std::filesystem::path& path);

  /// Accepts `features` (bits as virtio numbers them); fails if the device lacks one.
  [[nodiscard]] Result<void> set_features(std::uint64_t features) const;

  /// Makes `memory` all the RAM that the guest has. It must outlive this object.
  [[nodiscard]] Result<void> set_memory(const SharedMemory& memory) const;

  /// Hands a ring over. It lies in the memory that was set. The device waits for kicks on the
  /// eventfd `kick_fd`, and signals used chains on `call_fd`.
  [[nodiscard]] Result<void> set_ring(VhostQueue queue, const Vring& ring, int kick_fd,
                                      int call_fd) const;

  /// Makes `cid` the guest's address. The code of the error is EADDRINUSE if another guest has it.
  [[nodiscard]] Result<void> set_guest_cid(Cid cid) const;

  /// Lets the device look at the rings.
  [[nodiscard]] Result<void> start() const;

 private:
  explicit VhostVsock(UniqueFd fd) : fd_(std::move(fd)) {}

  /// Makes one request; `what` says what cannot be done if it fails.
  template <typename T>
  Result<void> call(unsigned long request, T* argument, std::string_view what) const;

  UniqueFd fd_;
};

}  // namespace vsockfwd::guest

#endif  // VSOCKFWD_GUEST_VHOST_VSOCK_H
