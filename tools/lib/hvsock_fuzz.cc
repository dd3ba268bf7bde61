// SPDX-License-Identifier: Apache-2.0
// Fuzzes what a VMM may answer to a CONNECT line: as it grows byte by byte, and from a socket in
// pieces as large as the first byte says.
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/fuzzing.h"
#include "lib/hvsock.h"
#include "lib/unique_fd.h"

namespace vsockfwd {
namespace {

void try_answer(std::string_view received) {
  for (std::size_t size = 0; size <= received.size(); ++size) {
    const auto answer = parse_hvsock_answer(received.substr(0, size));
    if (answer && !*answer) {
      require(size < max_hvsock_line);
      continue;
    }
    // From here on, more bytes change nothing.
    const auto later = parse_hvsock_answer(received);
    require(later.has_value() == answer.has_value());
    if (answer) {
      require((*answer)->length == size && received[size - 1] == '\n');
      require((*later)->length == size && (*later)->host_port == (*answer)->host_port);
    }
    return;
  }
}

std::string read_to_end(int fd) {
  std::string data;
  std::array<char, 4096> buffer;
  for (;;) {
    const auto count = ::recv(fd, buffer.data(), buffer.size(), 0);
    require(count >= 0);
    if (count == 0) return data;
    data.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

/// The outcome is that of all bytes at once, however they come, and what follows is still there.
void try_pieces(std::string_view received, std::size_t piece) {
  std::array<int, 2> ends{};
  require(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
  const UniqueFd ours(ends[0]);
  UniqueFd vmm(ends[1]);
  const auto expected = parse_hvsock_answer(received);
  auto taken = take_hvsock_answer(ours.get(), 1);
  for (auto rest = received; !rest.empty();) {
    // What follows an answer comes at once: a socket holds only some hundred pieces.
    const bool waiting = taken && !*taken;
    const auto size = waiting ? std::min(piece, rest.size()) : rest.size();
    require(::send(vmm.get(), rest.data(), size, 0) == static_cast<ssize_t>(size));
    rest.remove_prefix(size);
    if (waiting) taken = take_hvsock_answer(ours.get(), 1);
  }
  vmm.reset();
  if (taken && !*taken) taken = take_hvsock_answer(ours.get(), 1);
  require(taken.has_value() == (expected && *expected));
  if (!taken) return;
  require((*taken)->host_port == (*expected)->host_port);
  require(read_to_end(ours.get()) == received.substr((*expected)->length));
}

}  // namespace
}  // namespace vsockfwd

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view received(reinterpret_cast<const char*>(data) + 1, size - 1);
  vsockfwd::try_answer(received);
  vsockfwd::try_pieces(received, std::max<std::size_t>(data[0], 1));
  return 0;
}
