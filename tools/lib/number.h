// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_NUMBER_H
#define VSOCKFWD_LIB_NUMBER_H

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

namespace vsockfwd {

/// Reads a word of decimal digits and nothing else; nothing if it is none or does not fit.
template <typename Number>
std::optional<Number> parse_decimal(std::string_view word, Number first = 0,
                                    Number last = std::numeric_limits<Number>::max()) {
  static_assert(std::numeric_limits<Number>::is_integer && !std::numeric_limits<Number>::is_signed);
  Number number = 0;
  const char* const end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, number);
  if (error != std::errc() || stop != end || number < first || number > last) return std::nullopt;
  return number;
}

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_NUMBER_H
