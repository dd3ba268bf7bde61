// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/descriptor_budget.h"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <limits>
#include <system_error>

namespace vsockfwd::relay {
namespace {

/// For DNS, the log and those who ask for status.
constexpr rlim_t reserve = 16;
constexpr rlim_t per_connection = 2;

rlim_t open_descriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator all("/proc/self/fd", error);
  return error ? 0 : static_cast<rlim_t>(std::distance(begin(all), end(all)));
}

}  // namespace

std::uint32_t connections_by_descriptors() {
  constexpr rlim_t most = std::numeric_limits<std::uint32_t>::max();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) < 0) return most;
  const auto taken = open_descriptors() + reserve;
  const auto left = limit.rlim_cur > taken ? limit.rlim_cur - taken : 0;
  return static_cast<std::uint32_t>(std::clamp<rlim_t>(left / per_connection, 1, most));
}

}  // namespace vsockfwd::relay
