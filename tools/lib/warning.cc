// SPDX-License-Identifier: Apache-2.0
#include "lib/warning.h"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace vsockfwd {
namespace {

constexpr std::chrono::seconds window_length{10};
constexpr unsigned per_window = 5;

}  // namespace

void Warning::log(std::string_view message, std::initializer_list<LogField> fields) {
  std::uint64_t suppressed = 0;
  if (!may_pass(suppressed)) return;
  const auto text =
      suppressed == 0 ? std::string(message)
                      : fmt::format("{} ({} more like this were not logged)", message, suppressed);
  vsockfwd::log(Priority::warning, text, fields);
}

bool Warning::may_pass(std::uint64_t& suppressed) {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  if (now - window_ >= window_length) {
    window_ = now;
    passed_ = 0;
  }
  if (passed_ >= per_window) {
    ++suppressed_;
    return false;
  }
  ++passed_;
  suppressed = std::exchange(suppressed_, 0);
  return true;
}

}  // namespace vsockfwd
