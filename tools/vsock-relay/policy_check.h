// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_POLICY_CHECK_H
#define VSOCKFWD_VSOCK_RELAY_POLICY_CHECK_H

#include <array>

#include "lib/listen_socket.h"
#include "lib/result.h"
#include "vsock-relay/config.h"

namespace vsockfwd::relay {

/// Checks the policies of a pair against the sockets of its two sides, where the service manager
/// chose the family of some: each list must have a socket that it is for, and if there is any list,
/// no inherited socket may be open to everybody for want of one.
Result<void> check_policies(const Pair& pair, const std::array<ListenSockets, 2>& sockets);

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_POLICY_CHECK_H
