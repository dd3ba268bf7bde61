// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_RESULT_H
#define VSOCKFWD_LIB_RESULT_H

#include <string>
#include <tl/expected.hpp>

namespace vsockfwd {

/// Why something could not be done, in words for the person who asked for it.
struct Error {
  /// What failed and why; lower case, no full stop, values in quotes.
  std::string message;
  /// What to do about it; empty if there is nothing to say.
  std::string hint;
  /// The errno behind it; 0 if no system call failed.
  int code = 0;
};

/// A value, or the reason why there is none. Everything recoverable returns one.
template <typename T>
using Result = tl::expected<T, Error>;

/// What a function that returns a Result returns when it fails.
using Failure = tl::unexpected<Error>;

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_RESULT_H
