// SPDX-License-Identifier: Apache-2.0
#include "lib/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkostemp() is not in <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "lib/fwd_error.h"
#include "lib/unique_fd.h"

namespace vsockfwd {
namespace {

/// What errno says about an action that failed.
Failure failed(std::string_view action, std::string_view name) {
  const int code = errno;
  return Failure(Error{fmt::format("cannot {} {:?}: {} ({})", action, name,
                                   std::generic_category().message(code), errno_name(code)),
                       {},
                       code});
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const auto written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// A file next to the one that it is to replace; gone with this object unless it has done so.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::filesystem::path& target)
      : name_(target.string() + ".XXXXXX"), fd_(::mkostemp(name_.data(), O_CLOEXEC)) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (fd_) ::unlink(name_.c_str());
  }

  /// Returns false and sets errno if something of it fails.
  bool replace(const std::filesystem::path& target, std::string_view content, mode_t mode) {
    if (!fd_ || !write_all(fd_.get(), content) || ::fchmod(fd_.get(), mode) < 0 ||
        ::fsync(fd_.get()) < 0 || ::rename(name_.c_str(), target.c_str()) < 0) {
      return false;
    }
    fd_.reset();
    return true;
  }

 private:
  std::string name_;
  UniqueFd fd_;
};

/// The new name of a file survives a crash only once its folder is written too.
bool sync_folder_of(const std::filesystem::path& path) {
  const auto folder = path.has_parent_path() ? path.parent_path() : ".";
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd && ::fsync(fd.get()) == 0;
}

}  // namespace

Result<std::string> read_file(int fd, std::string_view name, std::size_t size_max) {
  std::string content;
  std::array<char, 1 << 16> buffer;
  for (;;) {
    const auto count = ::read(fd, buffer.data(), buffer.size());
    if (count == 0) return content;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("read", name);
    content.append(buffer.data(), static_cast<std::size_t>(count));
    if (content.size() > size_max) {
      return Failure(Error{
          fmt::format("cannot read {:?}: it has more than {} MiB", name, size_max >> 20), {}});
    }
  }
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t size_max) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return failed("open", path.native());
  return read_file(fd.get(), path.native(), size_max);
}

Result<void> replace_file(const std::filesystem::path& path, std::string_view content) {
  auto target = path;
  mode_t mode = 0644;
  struct stat former {};
  if (::stat(path.c_str(), &former) == 0) {
    if (!S_ISREG(former.st_mode)) {
      return Failure(
          Error{fmt::format("cannot replace {:?}: it is not a regular file", path.native()), {}});
    }
    mode = former.st_mode & 07777;
    target = std::filesystem::canonical(path);  // keeps a link, and replaces what it leads to
  }
  if (!TemporaryFile(target).replace(target, content, mode) || !sync_folder_of(target)) {
    return failed("write", path.native());
  }
  return {};
}

}  // namespace vsockfwd
