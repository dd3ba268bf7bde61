// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_QGS_MUX_PATH_TEMPLATE_H
#define VSOCKFWD_QGS_MUX_PATH_TEMPLATE_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/result.h"

namespace vsockfwd::qgs {

/// Where VMMs look for the socket of a guest, as in /run/kata/{guest}/root/kata.hvsock_{port}.
struct PathTemplate {
  /// The folder of guests: what stands before {guest}.
  std::string base;
  /// The folders below a guest's own, in order.
  std::vector<std::string> folders;
  /// The name of the socket.
  std::string name;
  /// As it was written, with its port.
  std::string text;

  /// The path of a guest's socket.
  [[nodiscard]] std::string socket_path(std::string_view guest) const;
  /// The folder `depth` levels below the guest's own.
  [[nodiscard]] std::string folder_path(std::string_view guest, std::size_t depth) const;
  friend bool operator==(const PathTemplate&, const PathTemplate&) = default;
};

/// Reads a template. {guest} stands for one whole part of the path, and {port}, which may be
/// missing, for the number in the last part.
Result<PathTemplate> parse_path_template(std::string_view word, std::uint32_t port);

}  // namespace vsockfwd::qgs

#endif  // VSOCKFWD_QGS_MUX_PATH_TEMPLATE_H
