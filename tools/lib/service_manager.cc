// SPDX-License-Identifier: Apache-2.0
#include "lib/service_manager.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

#include "lib/number.h"

namespace vsockfwd {
namespace {

/// The first descriptor that is handed over.
constexpr unsigned first_socket = 3;
constexpr unsigned most_sockets = 4096;
/// In microseconds; far below what a timer can take.
constexpr std::uint64_t longest_watchdog = 1'000'000'000'000;
/// The name of a socket that got none.
constexpr std::string_view unknown_name = "unknown";

std::string take_variable(const char* name) {
  const char* const value = std::getenv(name);
  std::string taken = value == nullptr ? "" : value;
  ::unsetenv(name);
  return taken;
}

/// Whether a process ID from the environment is this one. The variables of a parent that did not
/// remove them are not for us.
bool is_this_process(std::string_view pid) {
  return parse_decimal<std::uint32_t>(pid) == static_cast<std::uint32_t>(::getpid());
}

std::vector<std::string> split_names(std::string_view names) {
  std::vector<std::string> list;
  while (!names.empty()) {
    const auto end = std::min(names.find(':'), names.size());
    list.emplace_back(names.substr(0, end));
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return list;
}

SocketsByName sockets_from_environment() {
  const auto pid = take_variable("LISTEN_PID");
  const auto count = parse_decimal<unsigned>(take_variable("LISTEN_FDS"), 0, most_sockets);
  const auto names = split_names(take_variable("LISTEN_FDNAMES"));
  SocketsByName sockets;
  if (!count || !is_this_process(pid)) return sockets;
  for (unsigned i = 0; i < *count; ++i) {
    const int fd = static_cast<int>(first_socket + i);
    // A descriptor that is not open has nothing to be set.
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) continue;
    sockets.emplace(i < names.size() ? names[i] : unknown_name, UniqueFd(fd));
  }
  return sockets;
}

std::optional<std::chrono::milliseconds> watchdog_from_environment() {
  const auto pid = take_variable("WATCHDOG_PID");
  const auto time =
      parse_decimal<std::uint64_t>(take_variable("WATCHDOG_USEC"), 1, longest_watchdog);
  if (!time || (!pid.empty() && !is_this_process(pid))) return std::nullopt;
  // Half of the time, as sd_watchdog_enabled(3) recommends.
  const auto interval =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::microseconds(*time / 2));
  return std::max(interval, std::chrono::milliseconds(1));
}

}  // namespace

ServiceManager ServiceManager::from_environment() {
  ServiceManager manager;
  manager.notify_socket_ = take_variable("NOTIFY_SOCKET");
  manager.watchdog_interval_ = watchdog_from_environment();
  manager.sockets_ = sockets_from_environment();
  return manager;
}

void ServiceManager::notify(const std::string& state) const {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  const auto& path = notify_socket_;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) return;
  std::copy(path.begin(), path.end(), address.sun_path);
  const auto size = offsetof(sockaddr_un, sun_path) + path.size();
  // An abstract name is written with @ in place of the zero byte.
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';

  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  static_cast<void>(::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address),
                             static_cast<socklen_t>(size)));
}

}  // namespace vsockfwd
