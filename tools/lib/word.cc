// SPDX-License-Identifier: Apache-2.0
#include "lib/word.h"

#include <fmt/format.h>

#include <charconv>
#include <system_error>
#include <utility>

namespace vsockfwd {

Failure invalid_word(std::string_view what, std::string_view word, std::string_view reason,
                     std::string hint) {
  return Failure(Error{fmt::format("invalid {} {:?}: {}", what, word, reason), std::move(hint)});
}

Result<std::uint32_t> parse_number(std::string_view what, std::string_view word, std::string hint) {
  const bool hexadecimal = word.starts_with("0x") || word.starts_with("0X");
  const auto digits = hexadecimal ? word.substr(2) : word;
  const char* const end = digits.data() + digits.size();
  std::uint32_t number = 0;
  const auto [stop, error] = std::from_chars(digits.data(), end, number, hexadecimal ? 16 : 10);
  if (error == std::errc() && stop == end) return number;

  const bool too_large = error == std::errc::result_out_of_range && stop == end;
  return invalid_word(what, word, too_large ? "the number is too large" : "this is not a number",
                      std::move(hint));
}

}  // namespace vsockfwd
