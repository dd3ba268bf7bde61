// SPDX-License-Identifier: GPL-2.0
#include "relay/load/control.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace vsockfwd::relay_load {
namespace {

void print_counts(const Counts& counts) {
  const std::chrono::nanoseconds now = std::chrono::steady_clock::now().time_since_epoch();
  fmt::print("{{\"nanoseconds\": {}, \"received\": {}, \"connections\": {}, \"broken\": {}}}\n",
             now.count(), counts.received, counts.connections, counts.broken);
}

}  // namespace

Control::Control(EventLoop& loop, const Counts& counts) : loop_(loop), counts_(counts) {
  loop.watch(STDIN_FILENO, EPOLLIN, *this);
}

void Control::on_events(std::uint32_t /*events*/) {
  std::array<char, 64> input{};
  const auto length = ::read(STDIN_FILENO, input.data(), input.size());
  if (length <= 0) {
    loop_.stop();
    return;
  }
  for (auto lines = std::count(input.begin(), input.begin() + length, '\n'); lines > 0; --lines) {
    print_counts(counts_);
  }
}

void print_ready() {
  fmt::print("ready\n");
  std::fflush(stdout);
}

}  // namespace vsockfwd::relay_load
