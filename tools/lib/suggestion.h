// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_SUGGESTION_H
#define VSOCKFWD_LIB_SUGGESTION_H

#include <string>
#include <string_view>
#include <vector>

namespace vsockfwd {

/// What somebody may have meant who wrote `word` where one of `known` belongs, as a hint: the
/// nearest one if it is near, and all of them otherwise.
std::string suggest(std::string_view word, const std::vector<std::string>& known);

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_SUGGESTION_H
