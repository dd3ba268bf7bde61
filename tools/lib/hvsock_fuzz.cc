// SPDX-License-Identifier: Apache-2.0
// Fuzzes what a VMM may answer to a CONNECT line, as it arrives: byte by byte.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/hvsock.h"

namespace vsockfwd {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

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

}  // namespace
}  // namespace vsockfwd

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vsockfwd::try_answer({reinterpret_cast<const char*>(data), size});
  return 0;
}
