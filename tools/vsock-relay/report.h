// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_REPORT_H
#define VSOCKFWD_VSOCK_RELAY_REPORT_H

#include <string>
#include <string_view>
#include <vector>

#include "lib/daemon.h"
#include "vsock-relay/relay.h"

namespace vsockfwd::relay {

/// What a relay has to say about itself.
struct Report {
  DaemonState daemon;
  std::vector<PairStatus> pairs;
};

/// One JSON object, and a line break.
std::string format_json(const Report& report);

/// The text format of Prometheus.
std::string format_metrics(const Report& report);

/// What format_json() wrote, for people. Fails if it is something else.
Result<std::string> format_for_people(std::string_view json);

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_REPORT_H
