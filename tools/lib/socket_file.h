// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_SOCKET_FILE_H
#define VSOCKFWD_LIB_SOCKET_FILE_H

#include <sys/types.h>

#include <string>
#include <utility>

#include "lib/result.h"
#include "lib/unique_fd.h"

namespace vsockfwd {

/// Who may connect to a unix socket.
struct SocketFileAccess {
  /// Permission bits.
  mode_t mode = 0600;
  /// Name or number of a group; empty leaves it alone.
  std::string group;
};

/// The name of a listening unix socket in the file system. Goes with this object, unless somebody
/// else has taken the path over.
class SocketFile {
 public:
  /// Binds `fd` to `path` and listens. A socket that nobody listens to is replaced; one with a
  /// listener, and any other file, is left alone. At no time may anybody connect who is not meant
  /// to.
  static Result<SocketFile> listen(int fd, const std::string& path, const SocketFileAccess& access,
                                   int backlog);

  SocketFile(SocketFile&& other) noexcept
      : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_) {}
  SocketFile& operator=(SocketFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(device_, other.device_);
    std::swap(inode_, other.inode_);
    return *this;
  }
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;
  ~SocketFile();

  [[nodiscard]] const std::string& path() const { return path_; }

  /// Whether the name still leads to this socket.
  [[nodiscard]] bool in_place() const;

  /// Gives the file its group, then its permissions.
  [[nodiscard]] Result<void> set_access(const SocketFileAccess& access) const;

 private:
  SocketFile(std::string path, dev_t device, ino_t inode)
      : path_(std::move(path)), device_(device), inode_(inode) {}

  std::string path_;
  dev_t device_;
  ino_t inode_;
};

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_SOCKET_FILE_H
