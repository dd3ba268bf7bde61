// SPDX-License-Identifier: Apache-2.0
// Fuzzes allowlists in YAML. The examples are where it starts from.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/fuzzing.h"
#include "vsock-relay/allowlist.h"

namespace vsockfwd::relay {
namespace {

void try_text(std::string_view text) {
  const auto list = Allowlist::parse(text, "f");
  if (!list) return require(list.error().message.starts_with("f:"));
  // Nobody can write down port 0, so nothing allows it.
  require(!list->allows({"a", 0}));
}

}  // namespace
}  // namespace vsockfwd::relay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vsockfwd::relay::try_text({reinterpret_cast<const char*>(data), size});
  return 0;
}
