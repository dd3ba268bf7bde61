// SPDX-License-Identifier: Apache-2.0
#include "lib/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <system_error>

#include "lib/unique_fd.h"

namespace vsockfwd {
namespace {

constexpr std::size_t largest_file = 1 << 20;

Failure refuse(const std::string& path, int code) {
  return Failure(
      Error{fmt::format("cannot read {:?}: {}", path, std::generic_category().message(code)),
            {},
            code});
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return refuse(path, errno);
  // One byte more than allowed tells a file that is too large.
  std::string content(largest_file + 1, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const auto count = ::read(file.get(), content.data() + size, content.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return refuse(path, errno);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  if (size > largest_file) return refuse(path, EFBIG);
  content.resize(size);
  return content;
}

}  // namespace vsockfwd
