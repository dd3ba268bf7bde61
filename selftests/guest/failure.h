// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_GUEST_FAILURE_H
#define VSOCKFWD_GUEST_FAILURE_H

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "lib/result.h"

namespace vsockfwd {

/// "ENOENT" and the like.
inline std::string errno_name(int code) {
  const char* const name = ::strerrorname_np(code);
  return name != nullptr ? name : fmt::format("errno {}", code);
}

/// "WHAT: No such file or directory (ENOENT)", with the errno `code` behind it.
inline Failure errno_failure(std::string_view what, int code, std::string hint = {}) {
  return Failure(Error{fmt::format("{}: {} ({})", what, std::strerror(code), errno_name(code)),
                       std::move(hint), code});
}

}  // namespace vsockfwd

#endif  // VSOCKFWD_GUEST_FAILURE_H
