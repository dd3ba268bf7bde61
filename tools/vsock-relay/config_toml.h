// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_CONFIG_TOML_H
#define VSOCKFWD_VSOCK_RELAY_CONFIG_TOML_H

#include <string_view>

#include "lib/result.h"
#include "vsock-relay/draft.h"

namespace vsockfwd::relay {

/// Reads a configuration file: settings of the program, and a [[pair]] for each pair. `path` is for
/// messages, which begin with path:line:column.
Result<Draft> parse_toml(std::string_view text, std::string_view path);

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_CONFIG_TOML_H
