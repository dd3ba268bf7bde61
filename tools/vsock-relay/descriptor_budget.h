// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_DESCRIPTOR_BUDGET_H
#define VSOCKFWD_VSOCK_RELAY_DESCRIPTOR_BUDGET_H

#include <cstddef>
#include <cstdint>

namespace vsockfwd::relay {

/// Lets this process have as many descriptors as it may: what starts with few is only for programs
/// that use select().
void raise_descriptor_limit();

/// Those that are open now.
std::size_t count_descriptors();

/// What the descriptors of this process are enough for: three quarters are for connections, and an
/// eighth is for clients that wait. Pipes get the rest, and what the others are not promised; so
/// bulk data takes nobody's descriptor away, and neither do those who wait.
class DescriptorBudget {
 public:
  /// `taken` are descriptors that no client has any part in.
  explicit DescriptorBudget(std::size_t taken);

  /// At least 1. Who accepts more has clients whose targets cannot be dialled.
  [[nodiscard]] std::uint32_t connections() const { return connections_; }
  /// In all.
  [[nodiscard]] std::uint32_t waiting() const { return waiting_; }
  /// Pipes may have the descriptors below this number. The kernel gives the lowest that is free, so
  /// above there is always one for so many connections, and for all others.
  [[nodiscard]] int pipes_below(std::uint64_t connections) const;

 private:
  std::uint64_t limit_;
  std::uint32_t connections_;
  std::uint32_t waiting_;
};

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_DESCRIPTOR_BUDGET_H
