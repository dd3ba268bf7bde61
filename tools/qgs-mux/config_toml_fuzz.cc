// SPDX-License-Identifier: Apache-2.0
/// Feeds configuration files to the reader. The examples are where it starts from.
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "lib/fuzzing.h"
#include "qgs-mux/draft.h"

namespace vsockfwd::qgs {
namespace {

void try_text(std::string_view text) {
  const auto draft = parse_toml(text, "f");
  if (!draft) return require(draft.error().message.starts_with("f:"));
  const auto config = finish(*draft);
  if (!config) return require(!config.error().message.empty() && !config.error().hint.empty());
  require(!config->services.empty());
  require(!config->listeners.empty() || !config->watches.empty());
  std::set<std::string> names;
  for (const auto& service : config->services) {
    require(names.insert(format_address(service.address)).second);
    require(service.threads > 0);
  }
  for (const auto& watch : config->watches) require(names.insert(watch.path.text).second);
}

}  // namespace
}  // namespace vsockfwd::qgs

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vsockfwd::qgs::try_text({reinterpret_cast<const char*>(data), size});
  return 0;
}
