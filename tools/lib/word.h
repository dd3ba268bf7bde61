// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_WORD_H
#define VSOCKFWD_LIB_WORD_H

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/result.h"

namespace vsockfwd {

/// Says what is wrong with a word that stands for `what`, as in: invalid CID "x": reason.
Failure invalid_word(std::string_view what, std::string_view word, std::string_view reason,
                     std::string hint);

/// Reads a number of 32 bits that stands for `what`, in decimal or with 0x in hexadecimal. Fails
/// with `hint`.
Result<std::uint32_t> parse_number(std::string_view what, std::string_view word, std::string hint);

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_WORD_H
