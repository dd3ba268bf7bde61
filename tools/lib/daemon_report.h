// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_DAEMON_REPORT_H
#define VSOCKFWD_LIB_DAEMON_REPORT_H

#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "lib/daemon.h"
#include "lib/metric.h"
#include "lib/result.h"

/// The parts of reports that every daemon has: status as JSON and for people, and metrics.
namespace vsockfwd {

/// JSON whose keys stay in the order in which they were written.
using Json = nlohmann::ordered_json;

/// The first members of a status.
Json json_of(const DaemonState& state);

/// A status as one line.
std::string format_line(const Json& status);

/// A status for people: the part of every daemon, and then what `describe` makes of it. Fails if
/// `line` is something else than `program` writes.
Result<std::string> format_for_people(std::string_view line, std::string_view program,
                                      const std::function<std::string(const Json&)>& describe);

/// One metric with one value. `type` is "gauge" or "counter".
template <typename Value>
std::string format_metric(std::string_view name, std::string_view type, std::string_view help,
                          Value value) {
  return fmt::format("{}{} {}\n", metric_header(name, type, help), name, value);
}

/// The metrics of every daemon; their names begin with `prefix`.
std::string format_metrics(const DaemonState& state, std::string_view prefix);

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_DAEMON_REPORT_H
