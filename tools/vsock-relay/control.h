// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_CONTROL_H
#define VSOCKFWD_VSOCK_RELAY_CONTROL_H

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lib/result.h"
#include "vsock-relay/report.h"

namespace vsockfwd::relay {

using Reporter = std::function<Report()>;

/// The server's side of the control socket: the line "status" is answered with a report in JSON.
std::optional<std::string> answer_control(std::string_view received, const Reporter& reporter);

/// The server's side of the metrics: HTTP/1.1 with GET /metrics, one request per connection.
std::optional<std::string> answer_metrics(std::string_view received, const Reporter& reporter);

/// The client's side of the control socket.
Result<std::string> ask_status(const std::string& control_path);

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_CONTROL_H
