// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_CID_H
#define VSOCKFWD_LIB_CID_H

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/result.h"

namespace vsockfwd {

/// A vsock context ID in host byte order, as in struct sockaddr_vm.
using Cid = std::uint32_t;

inline constexpr Cid hypervisor_cid = 0;
inline constexpr Cid local_cid = 1;
inline constexpr Cid host_cid = 2;
/// The CID at which an enclave expects its parent. To the kernel it is a guest's CID like any
/// other.
inline constexpr Cid parent_cid = 3;
inline constexpr Cid first_guest_cid = 3;
inline constexpr Cid last_guest_cid = 0xfffffffe;
inline constexpr Cid any_cid = 0xffffffff;

/// Reads a decimal number, a number in hexadecimal with 0x, or a name (hypervisor, local, host,
/// parent, any). Fails with a message that tells what is accepted.
Result<Cid> parse_cid(std::string_view word);

/// Reads the CID of the guest that a rule is for.
Result<Cid> parse_guest_cid(std::string_view word);

/// Reads the CID that stands for the target in the eyes of `guest`.
Result<Cid> parse_from_cid(std::string_view word, Cid guest);

/// Reads a CID that stands for the host's own, which could be a guest's.
Result<Cid> parse_alias_cid(std::string_view word);

/// Reads the CID that `guest` reaches by its rule: the host's, or that of a guest other than
/// itself.
Result<Cid> parse_target_cid(std::string_view word, Cid guest);

/// "host" for the host's CID, the decimal number for any other.
std::string format_cid(Cid cid);

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_CID_H
