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
constexpr std::uint64_t reserve = 16;
constexpr std::uint64_t per_connection = 2;

std::uint32_t at_least_one(std::uint64_t count) {
  return static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(count, 1, std::numeric_limits<std::uint32_t>::max()));
}

std::uint64_t minus(std::uint64_t number, std::uint64_t other) {
  return number > other ? number - other : 0;
}

std::uint64_t descriptor_limit() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

}  // namespace

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
  limit.rlim_cur = limit.rlim_max;
  // If this fails, the budget is what it was.
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::size_t count_descriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator all("/proc/self/fd", error);
  return error ? 0 : static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

DescriptorBudget::DescriptorBudget(std::size_t taken) : limit_(descriptor_limit()) {
  const auto left = minus(limit_, taken + reserve);
  connections_ = at_least_one(left / 4 * 3 / per_connection);
  waiting_ = at_least_one(left / 8);
}

int DescriptorBudget::pipes_below(std::uint64_t connections) const {
  const auto promised =
      reserve + waiting_ + per_connection * std::min<std::uint64_t>(connections, connections_);
  return static_cast<int>(
      std::min<std::uint64_t>(minus(limit_, promised), std::numeric_limits<int>::max()));
}

}  // namespace vsockfwd::relay
