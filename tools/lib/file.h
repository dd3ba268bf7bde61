// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_FILE_H
#define VSOCKFWD_LIB_FILE_H

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "lib/result.h"

namespace vsockfwd {

/// The most bytes that are read from a file unless the caller knows of larger ones: four times what
/// all rules that there may be take.
inline constexpr std::size_t file_size_max = 32 << 20;

/// Reads a file to its end. `name` is for messages; `fd` stays the caller's.
Result<std::string> read_file(int fd, std::string_view name, std::size_t size_max = file_size_max);
Result<std::string> read_file(const std::filesystem::path& path,
                              std::size_t size_max = file_size_max);

/// Puts `content` into a file, which is created if it is not there. At any moment, even if the
/// machine stops, the file has either its former content or all of the new one. Anything but a
/// regular file is refused.
Result<void> replace_file(const std::filesystem::path& path, std::string_view content);

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_FILE_H
