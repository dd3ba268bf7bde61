// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_PROGRAMS_HOSTILE_HOST_SIDE_H
#define VSOCKFWD_PROGRAMS_HOSTILE_HOST_SIDE_H

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "common/random.h"
#include "common/vsock_socket.h"
#include "lib/cid.h"
#include "lib/result.h"

namespace vsockfwd::programs {

/// Programs of the host that hostile guests talk to: they take connections, dial the guests, and
/// end everything soon.
class HostSide {
 public:
  /// Listens. `guests` are those that may connect, and that are dialled.
  static Result<HostSide> create(std::vector<Cid> guests, std::uint64_t seed);

  /// Does a little of everything. Returns what is wrong with what guests sent; empty if nothing is.
  std::string work();

  [[nodiscard]] std::uint64_t accepted() const { return accepted_; }
  [[nodiscard]] std::uint64_t dialled() const { return dialled_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  HostSide(std::vector<Cid> guests, std::uint64_t seed, std::vector<VsockListener> listeners);

  std::string accept(const VsockListener& listener);
  void dial();
  std::string go_on();
  std::string receive(VsockSocket& socket);
  void keep(VsockSocket socket);

  std::vector<Cid> guests_;
  Random random_;
  std::vector<VsockListener> listeners_;
  std::deque<VsockSocket> conversations_;
  std::uint64_t accepted_ = 0;
  std::uint64_t dialled_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace vsockfwd::programs

#endif  // VSOCKFWD_PROGRAMS_HOSTILE_HOST_SIDE_H
