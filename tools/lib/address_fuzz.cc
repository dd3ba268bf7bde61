// SPDX-License-Identifier: Apache-2.0
// Fuzzes the parser of addresses.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/address.h"
#include "lib/fuzzing.h"

namespace vsockfwd {
namespace {

void try_word(std::string_view word, AddressUse use) {
  const auto address = parse_address(word, use);
  if (address) {
    const auto again = parse_address(format_address(*address), use);
    require(again && *again == *address);
  } else {
    require(address.error().message.starts_with("invalid address \""));
    require(!address.error().hint.empty());
  }
}

}  // namespace
}  // namespace vsockfwd

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view word(reinterpret_cast<const char*>(data), size);
  for (const auto use : {vsockfwd::AddressUse::listen, vsockfwd::AddressUse::connect}) {
    vsockfwd::try_word(word, use);
  }
  return 0;
}
