// SPDX-License-Identifier: Apache-2.0
#include "lib/metric.h"

#include <fmt/format.h>

namespace vsockfwd {

std::string metric_header(std::string_view name, std::string_view type, std::string_view help) {
  return fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
}

std::string metric_label(std::string_view value) {
  std::string quoted = "\"";
  for (const char letter : value) {
    if (letter == '\n') {
      quoted += "\\n";
      continue;
    }
    if (letter == '"' || letter == '\\') quoted += '\\';
    quoted += letter;
  }
  return quoted + '"';
}

}  // namespace vsockfwd
