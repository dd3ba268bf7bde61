// SPDX-License-Identifier: Apache-2.0
// Fuzzes configuration files. The examples are where it starts from.
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "lib/fuzzing.h"
#include "vsock-relay/config_toml.h"

namespace vsockfwd::relay {
namespace {

void try_text(std::string_view text) {
  const auto draft = parse_toml(text, "f");
  if (!draft) return require(draft.error().message.starts_with("f:"));
  const auto config = finish(*draft);
  if (!config) return require(!config.error().message.empty() && !config.error().hint.empty());
  require(!config->pairs.empty());
  std::set<std::string> names;
  for (const auto& pair : config->pairs) require(names.insert(pair.name).second);
}

}  // namespace
}  // namespace vsockfwd::relay

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vsockfwd::relay::try_text({reinterpret_cast<const char*>(data), size});
  return 0;
}
