// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_CONTROL_H
#define VSOCKFWD_LIB_CONTROL_H

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lib/result.h"

namespace vsockfwd {

/// Writes what a daemon has to say about itself.
using Reporter = std::function<std::string()>;

/// The server's side of the control socket: the line "status" is answered with a report, one line
/// of JSON.
std::optional<std::string> answer_control(std::string_view received, const Reporter& reporter);

/// The server's side of the metrics: HTTP/1.1 with GET /metrics, one request per connection.
std::optional<std::string> answer_metrics(std::string_view received, const Reporter& reporter);

/// The client's side of the control socket of a daemon, which messages call `who`, as in "relay".
Result<std::string> ask_status(const std::string& control_path, std::string_view who);

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_CONTROL_H
