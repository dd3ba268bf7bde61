// SPDX-License-Identifier: Apache-2.0
#include "lib/daemon_report.h"

#include <unistd.h>

#include <cstdint>

namespace vsockfwd {

Json json_of(const DaemonState& state) {
  return {{"version", VSOCKFWD_VERSION},
          {"pid", ::getpid()},
          {"state", state.draining ? "draining" : "running"},
          {"uptime_seconds", state.uptime.count()},
          {"config_error", state.config_error}};
}

std::string format_line(const Json& status) {
  // Paths may hold bytes that are no UTF-8, which JSON cannot carry.
  return status.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<std::string> format_for_people(std::string_view line, std::string_view program,
                                      const std::function<std::string(const Json&)>& describe) try {
  const auto status = Json::parse(line);
  auto text =
      fmt::format("{} for {} s, version {}, process {}\n", status.at("state").get<std::string>(),
                  status.at("uptime_seconds").get<std::int64_t>(),
                  status.at("version").get<std::string>(), status.at("pid").get<int>());
  const auto error = status.at("config_error").get<std::string>();
  if (!error.empty()) text += fmt::format("the last reload failed: {}\n", error);
  return text + describe(status);
} catch (const Json::exception& error) {
  return Failure(Error{fmt::format("the answer is no report: {}", error.what()),
                       fmt::format("is this the control socket of {}?", program)});
}

std::string format_metrics(const DaemonState& state, std::string_view prefix) {
  const auto gauge = [prefix](std::string_view name, std::string_view help, auto value) {
    return format_metric(fmt::format("{}_{}", prefix, name), "gauge", help, value);
  };
  return gauge("uptime_seconds", "Seconds since the start.", state.uptime.count()) +
         gauge("draining", "1 while what has begun comes to its end.", state.draining ? 1 : 0) +
         gauge("config_error", "1 if the last reload failed.", state.config_error.empty() ? 0 : 1);
}

}  // namespace vsockfwd
