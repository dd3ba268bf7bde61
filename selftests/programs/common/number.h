// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_PROGRAMS_NUMBER_H
#define VSOCKFWD_PROGRAMS_NUMBER_H

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <string_view>
#include <system_error>

#include "lib/result.h"

namespace vsockfwd::programs {

/// Reads a number in decimal or, with 0x, in hexadecimal.
template <typename T>
Result<T> parse_number(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x");
  const auto digits = hexadecimal ? text.substr(2) : text;
  const char* const end = digits.data() + digits.size();
  T number = 0;
  const auto [stop, error] = std::from_chars(digits.data(), end, number, hexadecimal ? 16 : 10);
  if (error == std::errc() && stop == end) return number;
  return Failure(Error{
      fmt::format("{:?} is not a number from 0 to {}", text, std::numeric_limits<T>::max()), {}});
}

}  // namespace vsockfwd::programs

#endif  // VSOCKFWD_PROGRAMS_NUMBER_H
