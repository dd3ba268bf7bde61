// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_EIF_COMMAND_LINE_H
#define VSOCKFWD_EIF_COMMAND_LINE_H

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lib/result.h"

namespace vsockfwd::eif {

inline constexpr std::string_view program_name = "eif";

/// Print this and leave.
struct PrintCommand {
  std::string text;
};

/// Write an image, and tell of it.
struct BuildCommand {
  std::string kernel_path;
  std::string cmdline;
  /// At least one.
  std::vector<std::string> ramdisk_paths;
  /// Empty if the image is to have none.
  std::string metadata_path;
  std::string output_path;
  /// MiB; what AWS's own builder writes.
  std::uint64_t memory = 1024;
  std::uint64_t processors = 2;
  /// For programs rather than people.
  bool json = false;
};

/// Tell of an image.
struct DescribeCommand {
  std::string path;
  /// For programs rather than people.
  bool json = false;
};

/// Say whether images are fine.
struct CheckCommand {
  /// At least one.
  std::vector<std::string> paths;
};

using Command = std::variant<PrintCommand, BuildCommand, DescribeCommand, CheckCommand>;

/// Understands the words after the program's name. Nothing outside of them is looked at.
Result<Command> parse_command_line(std::vector<std::string> words);

}  // namespace vsockfwd::eif

#endif  // VSOCKFWD_EIF_COMMAND_LINE_H
