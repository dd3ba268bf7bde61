// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_METRIC_H
#define VSOCKFWD_LIB_METRIC_H

#include <string>
#include <string_view>

/// The text format of Prometheus.
namespace vsockfwd {

/// The lines in front of the values of one metric. `type` is "gauge" or "counter".
std::string metric_header(std::string_view name, std::string_view type, std::string_view help);

/// The value of a label, in quotes.
std::string metric_label(std::string_view value);

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_METRIC_H
