// SPDX-License-Identifier: Apache-2.0
/// What fuzzers share.
#ifndef VSOCKFWD_LIB_FUZZING_H
#define VSOCKFWD_LIB_FUZZING_H

#include <cstdlib>

namespace vsockfwd {

/// Ends the fuzzer, which then reports its input, unless the condition holds. Unlike assert(), in
/// release builds too.
inline void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_FUZZING_H
