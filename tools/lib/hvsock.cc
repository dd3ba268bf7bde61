// SPDX-License-Identifier: Apache-2.0
#include "lib/hvsock.h"

#include <fmt/format.h>

#include <charconv>
#include <system_error>

namespace vsockfwd {
namespace {

constexpr std::string_view greeting = "OK ";

Failure not_an_answer(std::string_view received) {
  return Failure(Error{fmt::format("the VMM answered {:?}, expected \"OK PORT\"",
                                   received.substr(0, max_hvsock_line)),
                       "is this the vsock socket of a virtual machine?", 0});
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

}  // namespace vsockfwd
