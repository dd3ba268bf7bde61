// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_VSOCK_BUFFER_H
#define VSOCKFWD_LIB_VSOCK_BUFFER_H

#include <sys/socket.h>
// Needs what <sys/socket.h> declares.
#include <linux/vm_sockets.h>

#include <cstdint>

namespace vsockfwd {

/// Sets how many bytes the peer of a vsock socket may send ahead of its reader, and since Linux
/// 6.12.69 also how many the socket itself may. What a listening socket accepts later has it, too.
/// The kernel's default is 256 KiB. If it fails, errno tells why.
inline bool set_vsock_buffer(int fd, std::uint64_t bytes) {
  // In this order: the size is cut to the maximum.
  for (const int option : {SO_VM_SOCKETS_BUFFER_MAX_SIZE, SO_VM_SOCKETS_BUFFER_SIZE}) {
    if (::setsockopt(fd, AF_VSOCK, option, &bytes, sizeof(bytes)) < 0) return false;
  }
  return true;
}

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_VSOCK_BUFFER_H
