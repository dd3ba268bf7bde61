// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_QGS_MUX_REPORT_H
#define VSOCKFWD_QGS_MUX_REPORT_H

#include <string>
#include <string_view>

#include "lib/daemon.h"
#include "lib/result.h"
#include "qgs-mux/mux.h"

namespace vsockfwd::qgs {

/// What a multiplexer has to say about itself.
struct Report {
  DaemonState daemon;
  MuxStatus mux;
};

/// One JSON object, and a line break.
std::string format_json(const Report& report);

/// The text format of Prometheus.
std::string format_metrics(const Report& report);

/// What format_json() wrote, for people. Fails if it is something else.
Result<std::string> format_for_people(std::string_view json);

}  // namespace vsockfwd::qgs

#endif  // VSOCKFWD_QGS_MUX_REPORT_H
