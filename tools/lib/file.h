// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_FILE_H
#define VSOCKFWD_LIB_FILE_H

#include <string>

#include "lib/result.h"

namespace vsockfwd {

/// The content of a small text file, such as a configuration. More than a mebibyte is an error.
Result<std::string> read_file(const std::string& path);

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_FILE_H
