// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/monitor.h"

#include <fmt/format.h>

#include <array>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "vsockfwd/guest_filter.h"
#include "vsockfwd/module.h"
#include "vsockfwd/report_form.h"
#include "vsockfwd/rule_form.h"

namespace vsockfwd {
namespace {

Reply record(std::string_view event, std::string_view text) {
  return {Json{{"event", event}}, fmt::format("{}\n", text)};
}

Reply record(std::string_view event, std::string_view text, const RuleReport& report) {
  auto reply = record(event, fmt::format("{}: {}", text, describe_rule(rule_of(report.rule))));
  reply.json.update(json_of(report));
  return reply;
}

/// The ends of a connection, from the view of the guest, and how they came together.
std::string describe(const FlowReport& flow) {
  const auto arrow = flow.started_by == Side::guest    ? "->"
                     : flow.started_by == Side::parent ? "<-"
                                                       : "--";
  const auto peer = flow.peer ? fmt::format(" ({})", format_end(*flow.peer)) : std::string();
  return fmt::format("{} {} {}{} {}", format_end(flow.guest), arrow, format_end(flow.seen), peer,
                     format_type(flow));
}

Reply record(std::string_view event, std::string_view text, const FlowReport& flow) {
  auto reply = record(event, fmt::format("{}: {}", text, describe(flow)));
  reply.json.update(json_of(flow));
  return reply;
}

Reply record_of(const RuleAdded& event) {
  return record("rule_added", "rule added", event.report);
}
Reply record_of(const RuleRemoved& event) {
  return record("rule_removed", "rule removed", event.report);
}
Reply record_of(const FlowStarted& event) {
  return record("flow_started", "connection started", event.flow);
}
Reply record_of(const FlowDenied& event) {
  const auto reason = drop_name(event.reason);
  auto reply = record("flow_denied", fmt::format("connection refused ({})", reason), event.flow);
  reply.json["reason"] = reason;
  return reply;
}

template <typename Event>
Cid guest_of(const Event& event) {
  if constexpr (requires { event.report; }) {
    return event.report.rule.guest_cid;
  } else {
    return event.flow.guest.cid;
  }
}

/// Tells what there is, then what happens; and if something was lost, all of that again.
class Monitor {
 public:
  static Result<std::shared_ptr<Monitor>> start(const Machine& machine, const GuestFilter& filter) {
    auto listener = FwdListener::open(machine.netlink);
    if (!listener) return Failure(listener.error());
    auto monitor = std::make_shared<Monitor>(machine, filter, std::move(*listener));
    return monitor->look_around().map([&] { return monitor; });
  }

  Monitor(const Machine& machine, const GuestFilter& filter, FwdListener listener)
      : netlink_(machine.netlink), filter_(filter), listener_(std::move(listener)) {}

  /// Waits for the next record.
  Result<Reply> next() {
    while (records_.empty()) {
      const auto heard = listener_.wait().and_then([this] { return listen(); });
      if (!heard) return Failure(heard.error());
    }
    auto reply = std::move(records_.front());
    records_.pop_front();
    return reply;
  }

 private:
  /// Takes down what there is. Listening has begun, so that nothing falls in between; an event may
  /// be told that is older than what was seen.
  Result<void> look_around() {
    const auto netlink = FwdNetlink::open(netlink_);
    if (!netlink) return Failure(netlink.error());
    const auto rules = netlink->rules(filter_);
    if (!rules) return Failure(rules.error());
    const auto flows = netlink->flows(filter_);
    if (!flows) return Failure(flows.error());

    for (const auto& rule : *rules) records_.push_back(record("rule_exists", "rule", rule));
    for (const auto& flow : *flows) records_.push_back(record("flow_exists", "connection", flow));
    records_.push_back(record("listening", "listening"));
    return {};
  }

  /// Takes down what has happened.
  Result<void> listen() {
    const auto fetched = listener_.fetch();
    if (!fetched) return Failure(fetched.error());
    const auto take_down = [this](const auto& event) {
      if (!filter_ || *filter_ == guest_of(event)) records_.push_back(record_of(event));
    };
    for (const auto& event : fetched->events) std::visit(take_down, event);
    if (!fetched->lost) return {};

    records_.push_back(record("lost", "lost events"));
    auto listener = FwdListener::open(netlink_);
    if (!listener) return Failure(listener.error());
    listener_ = std::move(*listener);
    return look_around();
  }

  Netlink netlink_;
  GuestFilter filter_;
  FwdListener listener_;
  /// What is to be told, in order.
  std::deque<Reply> records_;
};

Result<Reply> next(const std::shared_ptr<Monitor>& monitor) {
  auto reply = monitor->next();
  if (reply) reply->more = [monitor] { return next(monitor); };
  return reply;
}

Result<Reply> start(const Machine& machine, const GuestFilter& filter) {
  const auto module = open_module(machine);
  if (!module) return Failure(module.error());
  const auto monitor = Monitor::start(machine, filter);
  if (!monitor) return Failure(monitor.error());
  return next(*monitor);
}

Result<Action> parse_monitor(const Values& values) {
  const auto filter = parse_guest_filter(values);
  if (!filter) return Failure(filter.error());
  return [filter = *filter](const Machine& machine) { return start(machine, filter); };
}

constexpr std::array keywords = {
    Keyword{"guest", "CID", "", Need::optional, "what happens to this guest only"},
};

constexpr std::array commands = {
    Command{"", keywords, "print each event on a line, until a signal ends it", parse_monitor},
};

}  // namespace

Object monitor_object() {
  return {"monitor", "what happens to rules and connections, as it happens", commands,
          /*in_batch=*/false};
}

}  // namespace vsockfwd
