// SPDX-License-Identifier: Apache-2.0
/// Feeds a service's bytes to the reader of replies; the first two bytes say how they are split and
/// what was asked.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/fuzzing.h"
#include "qgs-mux/reply_reader.h"

using namespace vsockfwd::qgs;
using vsockfwd::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece = std::max<std::size_t>(data[0], 1);
  const auto kind = static_cast<RequestKind>(data[1] % 5);
  const std::string_view all(reinterpret_cast<const char*>(data) + 2, size - 2);
  ReplyReader reader(kind);
  auto bytes = all;
  while (!bytes.empty() && reader.wanted() > 0) {
    const auto count = std::min({reader.wanted(), piece, bytes.size()});
    reader.take(bytes.substr(0, count));
    bytes.remove_prefix(count);
  }
  reader.end();
  require(reader.complete() != reader.failure().has_value());
  if (!reader.complete()) return 0;
  const auto reply = reader.release();
  require(reply == all.substr(0, all.size() - bytes.size()));
  if (kind == RequestKind::platform_info) static_cast<void>(parse_platform_info(reply));
  return 0;
}
