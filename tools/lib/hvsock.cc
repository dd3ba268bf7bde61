// SPDX-License-Identifier: Apache-2.0
#include "lib/hvsock.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>
#include <utility>

namespace vsockfwd {
namespace {

constexpr std::string_view greeting = "OK ";

Failure not_an_answer(std::string_view received) {
  return Failure(Error{fmt::format("the VMM answered {:?}, expected \"OK PORT\"",
                                   received.substr(0, max_hvsock_line)),
                       "is this the vsock socket of a virtual machine?", 0});
}

Failure unreadable(int code) {
  return Failure(Error{fmt::format("no answer of the VMM: {}", std::strerror(code)), {}, code});
}

/// Whether nothing more will come.
bool has_ended(int fd) {
  pollfd state{fd, POLLRDHUP, 0};
  return ::poll(&state, 1, 0) > 0;
}

}  // namespace

std::string hvsock_request(std::uint32_t port) {
  return fmt::format("CONNECT {}\n", port);
}

Result<std::optional<HvsockAnswer>> parse_hvsock_answer(std::string_view received) {
  if (greeting.substr(0, received.size()) != received.substr(0, greeting.size())) {
    return not_an_answer(received);
  }
  const auto line = received.substr(0, received.find('\n'));
  if (line.size() >= max_hvsock_line) return not_an_answer(received);
  if (line.size() == received.size()) return std::nullopt;

  HvsockAnswer answer{.length = line.size() + 1};
  const char* const end = line.data() + line.size();
  const auto number = std::from_chars(line.data() + greeting.size(), end, answer.host_port);
  if (number.ec != std::errc() || number.ptr != end) return not_an_answer(received);
  return answer;
}

Result<std::optional<HvsockAnswer>> take_hvsock_answer(int fd, std::uint32_t port) {
  // What follows the line is the guest's: it is looked at, but not taken.
  std::array<char, max_hvsock_line> line{};
  // Before the look: what came before the end is seen then.
  const bool ended = has_ended(fd);
  const auto seen = ::recv(fd, line.data(), line.size(), MSG_PEEK | MSG_DONTWAIT);
  if (seen < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  if (seen < 0) return unreadable(errno);
  if (seen == 0) {
    return Failure(Error{fmt::format("the guest does not accept connections on port \"{}\"", port),
                         {},
                         ECONNREFUSED});
  }
  const std::string_view received(line.data(), static_cast<std::size_t>(seen));
  auto answer = parse_hvsock_answer(received);
  if (!answer || (!*answer && !ended)) return answer;
  if (!*answer) return not_an_answer(received);
  if (::recv(fd, line.data(), (*answer)->length, MSG_DONTWAIT) < 0) return unreadable(errno);
  return answer;
}

}  // namespace vsockfwd
