// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>

#include "lib/metric.h"

namespace vsockfwd::qgs {
namespace {

/// JSON whose keys stay in the order in which they were written.
using Json = nlohmann::ordered_json;

/// A counter as status and metrics present it.
template <typename Counters>
struct CounterEntry {
  std::string_view name;
  std::string_view description;
  std::uint64_t Counters::*value;
};

using GuestEntry = CounterEntry<GuestCounters>;
constexpr std::array guest_counters = {
    GuestEntry{"requests", "Complete requests of guests.", &GuestCounters::requests},
    GuestEntry{"answered", "Requests with a service's reply.", &GuestCounters::answered},
    GuestEntry{"failed", "Requests without a service's reply.", &GuestCounters::failed},
    GuestEntry{"refused", "Requests over a limit.", &GuestCounters::refused},
    GuestEntry{"malformed", "What was no request.", &GuestCounters::malformed},
};
static_assert(guest_counters.size() * sizeof(std::uint64_t) == sizeof(GuestCounters),
              "each counter is presented");

using ServiceEntry = CounterEntry<ServiceCounters>;
constexpr std::array service_counters = {
    ServiceEntry{"answered", "Replies of a service.", &ServiceCounters::answered},
    ServiceEntry{"errors", "Of these, replies with an error code.", &ServiceCounters::errors},
    ServiceEntry{"broken", "Requests that a service took and did not answer.",
                 &ServiceCounters::broken},
    ServiceEntry{"unreachable", "Attempts to reach a service that failed.",
                 &ServiceCounters::unreachable},
    ServiceEntry{"timed_out", "Requests on which a service hung.", &ServiceCounters::timed_out},
};
static_assert(service_counters.size() * sizeof(std::uint64_t) == sizeof(ServiceCounters),
              "each counter is presented");

Json json_of(const ServiceStatus& service) {
  Json json = {{"address", service.address},
               {"up", service.up},
               {"trouble", service.trouble},
               {"busy", service.busy},
               {"threads", service.threads}};
  for (const auto& [name, description, value] : service_counters) {
    json[name] = service.counters.*value;
  }
  return json;
}

Json json_of(const WatchStatus& watch) {
  return {{"path", watch.path}, {"guests", watch.guests}, {"open", watch.open}};
}

Json json_of(const GuestStatus& guest) {
  Json json = {{"name", guest.name}, {"connections", guest.connections}, {"queued", guest.queued}};
  for (const auto& [name, description, value] : guest_counters) json[name] = guest.counters.*value;
  return json;
}

template <typename Status>
Json list_of(const std::vector<Status>& all) {
  Json list = Json::array();
  for (const auto& one : all) list.push_back(json_of(one));
  return list;
}

std::string header(std::string_view name, std::string_view type, std::string_view help) {
  return metric_header(fmt::format("qgs_mux_{}", name), type, help);
}

template <typename Value>
std::string gauge(std::string_view name, std::string_view help, Value value) {
  return fmt::format("{}qgs_mux_{} {}\n", header(name, "gauge", help), name, value);
}

/// One metric with a value for each service.
template <typename Value>
std::string service_metric(const MuxStatus& mux, std::string_view name, std::string_view type,
                           std::string_view help, Value value_of) {
  const auto full_name = fmt::format("service_{}", name);
  auto text = header(full_name, type, help);
  for (const auto& service : mux.services) {
    text += fmt::format("qgs_mux_{}{{service={}}} {}\n", full_name, metric_label(service.address),
                        value_of(service));
  }
  return text;
}

std::string for_people(const Json& entry, std::string_view first,
                       std::initializer_list<const char*> names) {
  auto text = fmt::format("  {:?}: ", entry.at(std::string(first)).get<std::string>());
  std::string_view between;
  for (const auto* const name : names) {
    text += fmt::format("{}{} {}", between, name, entry.at(name).get<std::uint64_t>());
    between = ", ";
  }
  return text;
}

}  // namespace

std::string format_json(const Report& report) {
  const auto& [daemon, mux] = report;
  const Json json = {{"version", VSOCKFWD_VERSION},
                     {"pid", ::getpid()},
                     {"state", daemon.draining ? "draining" : "running"},
                     {"uptime_seconds", daemon.uptime.count()},
                     {"config_error", daemon.config_error},
                     {"connections", mux.connections},
                     {"queued", mux.queued},
                     {"turned_away", mux.turned_away},
                     {"services", list_of(mux.services)},
                     {"listeners", mux.listeners},
                     {"watches", list_of(mux.watches)},
                     {"guests", list_of(mux.guests)}};
  // Paths may hold bytes that are no UTF-8, which JSON cannot carry.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string format_metrics(const Report& report) {
  const auto& [daemon, mux] = report;
  auto text =
      gauge("uptime_seconds", "Seconds since the start.", daemon.uptime.count()) +
      gauge("draining", "1 while the last requests are answered.", daemon.draining ? 1 : 0) +
      gauge("config_error", "1 if the last reload failed.", daemon.config_error.empty() ? 0 : 1) +
      gauge("connections", "Open connections of guests.", mux.connections) +
      gauge("queued", "Requests that wait for a service.", mux.queued) +
      gauge("guests", "Guests that were seen lately.", mux.guests.size());
  text += fmt::format("{}qgs_mux_turned_away_total {}\n",
                      header("turned_away_total", "counter", "Connections closed by a limit."),
                      mux.turned_away);
  // Not by guest: their names come and go, and a monitoring system keeps them all.
  for (const auto& [name, description, value] : guest_counters) {
    text += fmt::format("{}qgs_mux_{}_total {}\n",
                        header(fmt::format("{}_total", name), "counter", description), name,
                        mux.total.*value);
  }
  text += service_metric(mux, "up", "gauge", "1 if the service answers.",
                         [](const ServiceStatus& service) { return service.up ? 1 : 0; });
  text += service_metric(mux, "busy", "gauge", "Requests that the service works on.",
                         [](const ServiceStatus& service) { return service.busy; });
  for (const auto& entry : service_counters) {
    text += service_metric(
        mux, fmt::format("{}_total", entry.name), "counter", entry.description,
        [value = entry.value](const ServiceStatus& service) { return service.counters.*value; });
  }
  return text;
}

Result<std::string> format_for_people(std::string_view json) try {
  const auto report = Json::parse(json);
  auto text =
      fmt::format("{} for {} s, version {}, process {}\n", report.at("state").get<std::string>(),
                  report.at("uptime_seconds").get<std::int64_t>(),
                  report.at("version").get<std::string>(), report.at("pid").get<int>());
  const auto error = report.at("config_error").get<std::string>();
  if (!error.empty()) text += fmt::format("the last reload failed: {}\n", error);
  text += fmt::format("connections {}, queued {}, turned away {}\nservices\n",
                      report.at("connections").get<std::uint64_t>(),
                      report.at("queued").get<std::uint64_t>(),
                      report.at("turned_away").get<std::uint64_t>());
  for (const auto& service : report.at("services")) {
    text +=
        for_people(service, "address",
                   {"busy", "threads", "answered", "errors", "broken", "unreachable", "timed_out"});
    const auto trouble = service.at("trouble").get<std::string>();
    text += service.at("up").get<bool>() ? "\n" : fmt::format("\n    down: {}\n", trouble);
  }
  text += "fronts\n";
  for (const auto& listener : report.at("listeners")) {
    text += fmt::format("  {:?}\n", listener.get<std::string>());
  }
  for (const auto& watch : report.at("watches")) {
    text += for_people(watch, "path", {"guests", "open"}) + "\n";
  }
  text += "guests\n";
  for (const auto& guest : report.at("guests")) {
    text += for_people(guest, "name",
                       {"connections", "queued", "requests", "answered", "failed", "refused",
                        "malformed"}) +
            "\n";
  }
  return text;
} catch (const Json::exception& error) {
  return Failure(Error{fmt::format("the answer is no report: {}", error.what()),
                       "is this the control socket of qgs-mux?"});
}

}  // namespace vsockfwd::qgs
