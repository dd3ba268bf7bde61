// SPDX-License-Identifier: Apache-2.0
#include "lib/socket_file.h"

#include <fmt/format.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "lib/socket.h"
#include "lib/socket_address.h"

namespace vsockfwd {
namespace {

Failure failed(std::string what, int code, std::string hint = {}) {
  return Failure(Error{fmt::format("{}: {}", what, std::strerror(code)), std::move(hint), code});
}

Result<gid_t> find_group(const std::string& group) {
  gid_t number = 0;
  const char* const end = group.data() + group.size();
  if (const auto read = std::from_chars(group.data(), end, number);
      read.ec == std::errc() && read.ptr == end) {
    return number;
  }
  ::group entry{};
  ::group* found = nullptr;
  std::array<char, 16384> strings{};
  const int code = ::getgrnam_r(group.c_str(), &entry, strings.data(), strings.size(), &found);
  if (code != 0) return failed(fmt::format("cannot look up group {:?}", group), code);
  if (found != nullptr) return entry.gr_gid;
  return Failure(Error{fmt::format("there is no group {:?}", group),
                       "getent group lists those that there are", 0});
}

/// Whether somebody listens. A socket of another type than ours is somebody's as well.
Result<bool> has_listener(const SocketAddress& address, const std::string& path) {
  const auto probe = open_stream_socket(AF_UNIX);
  if (!probe) return Failure(probe.error());
  if (::connect(probe->get(), address.get(), address.size()) == 0) return true;
  switch (errno) {
    case ECONNREFUSED:
    case ENOENT:
      return false;
    case EAGAIN:
    case EPROTOTYPE:
      return true;
    default:
      return failed(fmt::format("cannot tell whether unix socket {:?} is in use", path), errno);
  }
}

/// Makes way for a new socket.
Result<void> remove_stale(const SocketAddress& address, const std::string& path) {
  struct stat file {};
  if (::lstat(path.c_str(), &file) < 0) return {};  // bind() tells what is wrong, if anything is
  if (!S_ISSOCK(file.st_mode)) {
    return failed("bind", EEXIST, "the file is not a socket: remove it or choose another path");
  }
  const auto live = has_listener(address, path);
  if (!live) return Failure(live.error());
  if (*live) {
    return failed("bind", EADDRINUSE, "another process listens there");
  }
  if (::unlink(path.c_str()) < 0 && errno != ENOENT) {
    return failed(fmt::format("cannot remove the stale socket {:?}", path), errno);
  }
  return {};
}

}  // namespace

Result<SocketFile> SocketFile::listen(int fd, const std::string& path,
                                      const SocketFileAccess& access, int backlog) {
  const auto address = SocketAddress::unix_socket({path, false});
  if (!address) return Failure(address.error());
  if (const auto removed = remove_stale(*address, path); !removed) return Failure(removed.error());

  // bind() takes the permissions of the new file from the socket: none, until its group is right.
  if (::fchmod(fd, 0) < 0 || ::bind(fd, address->get(), address->size()) < 0) {
    return failed("bind", errno);
  }
  struct stat file {};
  if (::lstat(path.c_str(), &file) < 0) {
    return failed(fmt::format("cannot find the new socket {:?}", path), errno);
  }
  SocketFile result(path, file.st_dev, file.st_ino);
  return result.set_access(access).and_then([&] { return listen_on(fd, backlog); }).map([&] {
    return std::move(result);
  });
}

SocketFile::~SocketFile() {
  if (!path_.empty() && in_place()) ::unlink(path_.c_str());
}

bool SocketFile::in_place() const {
  struct stat file {};
  return ::lstat(path_.c_str(), &file) == 0 && file.st_dev == device_ && file.st_ino == inode_;
}

Result<void> SocketFile::set_access(const SocketFileAccess& access) const {
  if (!access.group.empty()) {
    const auto group = find_group(access.group);
    if (!group) return Failure(group.error());
    if (::lchown(path_.c_str(), static_cast<uid_t>(-1), *group) < 0) {
      return failed(fmt::format("cannot give {:?} to group {:?}", path_, access.group), errno,
                    "only members of a group may give files to it");
    }
  }
  if (::chmod(path_.c_str(), access.mode) == 0) return {};
  return failed(fmt::format("cannot set the permissions of {:?}", path_), errno);
}

}  // namespace vsockfwd
