// SPDX-License-Identifier: Apache-2.0
/// Feeds a client's bytes to the reader of requests, split as the first byte says.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/fuzzing.h"
#include "qgs-mux/request_reader.h"

using namespace vsockfwd::qgs;
using vsockfwd::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = std::max<std::size_t>(data[0], 1);
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  RequestReader reader;
  while (!bytes.empty() && !reader.malformed()) {
    const auto before = bytes;
    while (!bytes.empty() && reader.wanted() > 0) {
      const auto count = std::min({reader.wanted(), piece, bytes.size()});
      reader.take(bytes.substr(0, count));
      bytes.remove_prefix(count);
    }
    if (!reader.complete()) break;
    const auto request = reader.release();
    // It is what was sent, nothing more and nothing less.
    require(request.bytes == before.substr(0, before.size() - bytes.size()));
    require(request.bytes.size() <= largest_request);
  }
  return 0;
}
