// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_DESCRIPTOR_BUDGET_H
#define VSOCKFWD_VSOCK_RELAY_DESCRIPTOR_BUDGET_H

#include <cstdint>

namespace vsockfwd::relay {

/// How many connections the descriptors that this process may still open are enough for; at least
/// 1. Who accepts more has clients whose targets cannot be dialled.
std::uint32_t connections_by_descriptors();

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_DESCRIPTOR_BUDGET_H
