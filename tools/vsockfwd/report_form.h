// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_REPORT_FORM_H
#define VSOCKFWD_VSOCKFWD_REPORT_FORM_H

#include <string>

#include "lib/fwd_report.h"
#include "vsockfwd/command.h"

/// How people and programs see what the module tells.
namespace vsockfwd {

/// As in: host:9000.
std::string format_end(const VsockEnd& end);

/// "stream", "seqpacket"; the number of any other.
std::string format_type(const FlowReport& flow);

/// "guest" or "parent"; "?" if that is not known.
std::string format_starter(const FlowReport& flow);

/// null for what is not known.
Json json_of(const FlowReport& flow);

/// The rule as in "rule show", and its counters.
Json json_of(const RuleReport& report);

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_REPORT_FORM_H
