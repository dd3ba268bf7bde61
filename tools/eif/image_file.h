// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_EIF_IMAGE_FILE_H
#define VSOCKFWD_EIF_IMAGE_FILE_H

#include <string>

#include "eif/command_line.h"
#include "lib/result.h"

/// What the commands do with files. A failure names the file.
namespace vsockfwd::eif {

/// Writes the image, and returns what is to be told of it.
Result<std::string> build_file(const BuildCommand& build);

/// What is to be told of an image.
Result<std::string> describe_file(const DescribeCommand& describe);

/// Whether an image is whole, and has a kernel that boots.
Result<void> check_file(const std::string& path);

}  // namespace vsockfwd::eif

#endif  // VSOCKFWD_EIF_IMAGE_FILE_H
