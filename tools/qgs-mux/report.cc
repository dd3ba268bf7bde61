// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/report.h"

#include <fmt/format.h>

#include <array>

#include "lib/daemon_report.h"
#include "lib/metric.h"

namespace vsockfwd::qgs {
namespace {

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

constexpr std::string_view prefix = "qgs_mux";

template <typename Value>
std::string metric(std::string_view name, std::string_view type, std::string_view help,
                   Value value) {
  return format_metric(fmt::format("{}_{}", prefix, name), type, help, value);
}

/// One metric with a value for each service.
template <typename Value>
std::string service_metric(const MuxStatus& mux, std::string_view name, std::string_view type,
                           std::string_view help, Value value_of) {
  const auto full_name = fmt::format("{}_service_{}", prefix, name);
  auto text = metric_header(full_name, type, help);
  for (const auto& service : mux.services) {
    text += fmt::format("{}{{service={}}} {}\n", full_name, metric_label(service.address),
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

std::string describe_mux(const Json& report) {
  auto text = fmt::format("connections {}, queued {}, turned away {}\nservices\n",
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
}

}  // namespace

std::string format_json(const Report& report) {
  const auto& mux = report.mux;
  auto json = json_of(report.daemon);
  json.update({{"connections", mux.connections},
               {"queued", mux.queued},
               {"turned_away", mux.turned_away},
               {"services", list_of(mux.services)},
               {"listeners", mux.listeners},
               {"watches", list_of(mux.watches)},
               {"guests", list_of(mux.guests)}});
  return format_line(json);
}

std::string format_metrics(const Report& report) {
  const auto& mux = report.mux;
  auto text =
      vsockfwd::format_metrics(report.daemon, prefix) +
      metric("connections", "gauge", "Open connections of guests.", mux.connections) +
      metric("queued", "gauge", "Requests that wait for a service.", mux.queued) +
      metric("guests", "gauge", "Guests that were seen lately.", mux.guests.size()) +
      metric("turned_away_total", "counter", "Connections closed by a limit.", mux.turned_away);
  // Not by guest: their names come and go, and a monitoring system keeps them all.
  for (const auto& [name, description, value] : guest_counters) {
    text += metric(fmt::format("{}_total", name), "counter", description, mux.total.*value);
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

Result<std::string> format_for_people(std::string_view json) {
  return vsockfwd::format_for_people(json, "qgs-mux", describe_mux);
}

}  // namespace vsockfwd::qgs
