// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/feature.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <optional>
#include <vector>

#include "lib/fwd_feature.h"
#include "vsockfwd/diagnosis.h"
#include "vsockfwd/host_facts.h"

namespace vsockfwd {
namespace {

/// null for what could not be found out.
template <typename T>
Json json_of(const std::optional<T>& fact) {
  return fact ? Json(*fact) : Json(nullptr);
}

Json json_of_mode(const NodeFacts& node) {
  return node.mode ? Json(fmt::format("{:04o}", *node.mode)) : Json(nullptr);
}

Json json_of_features(__u64 bits) {
  auto list = Json::array();
  for (const auto& feature : fwd_features()) {
    if ((bits & feature.bit) != 0) list.push_back(feature.name);
    bits &= ~feature.bit;
  }
  if (bits != 0) list.push_back(fmt::format("{:#x}", bits));
  return list;
}

Json json_of_module(const HostFacts& facts) {
  Json module = {{"loaded", facts.fwd_module.loaded},
                 {"installed", json_of(facts.fwd_module.installed)},
                 {"version", json_of(facts.fwd_module.version)},
                 {"api_version", nullptr},
                 {"features", nullptr},
                 {"hooks_attached", nullptr},
                 {"rules", nullptr},
                 {"rules_max", nullptr}};
  if (const auto& info = facts.fwd_info) {
    module["api_version"] = info->api_version;
    if (!require_api_version(*info)) return module;  // the rest may mean something else there
    module["features"] = json_of_features(info->features);
    module["hooks_attached"] = (info->state & VHOST_VSOCK_FWD_S_HOOKED) != 0;
    module["rules"] = info->rules;
    module["rules_max"] = info->rules_max;
  }
  return module;
}

Json json_of(const std::vector<Error>& problems) {
  auto list = Json::array();
  for (const auto& problem : problems) {
    list.push_back({{"problem", problem.message}, {"hint", problem.hint}});
  }
  return list;
}

Json json_of(const HostFacts& facts, const std::vector<Error>& problems) {
  return {
      {"ready", problems.empty()},
      {"problems", json_of(problems)},
      {"program", {{"version", version}, {"api_version", VHOST_VSOCK_FWD_API_VERSION}}},
      {"module", json_of_module(facts)},
      {"device",
       {{"path", VHOST_VSOCK_FWD_DEVICE},
        {"present", facts.fwd_node.present},
        {"accessible", facts.fwd_info.has_value()},
        {"mode", json_of_mode(facts.fwd_node)}}},
      {"vhost_vsock",
       {{"loaded", facts.vhost_module.loaded},
        {"installed", json_of(facts.vhost_module.installed)},
        {"device_present", facts.vhost_node.present}}},
      {"kernel",
       {{"release", json_of(facts.kernel_release)},
        {"ftrace_enabled", json_of(facts.ftrace_enabled)},
        {"ftrace_arguments", json_of(facts.ftrace_arguments)},
        {"kprobes", json_of(facts.kprobes)}}},
      {"security",
       {{"lockdown", json_of(facts.lockdown)},
        {"signatures_enforced", json_of(facts.signatures_enforced)},
        {"secure_boot", json_of(facts.secure_boot)},
        {"modules_disabled", json_of(facts.modules_disabled)},
        {"net_admin", json_of(facts.net_admin)}}},
  };
}

/// A value of the report in words.
std::string words_of(const Json& value) {
  if (value.is_null()) return "unknown";
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  return value.empty() ? "none"
                       : fmt::format("{}", fmt::join(value.get<std::vector<std::string>>(), ", "));
}

/// Shows for people what the report says for programs, so that the two cannot disagree.
std::string text_of(const Json& report) {
  auto text = fmt::format("ready: {}\n", words_of(report["ready"]));
  for (const auto& problem : report["problems"]) {
    text += fmt::format("problem: {}\n  hint: {}\n", words_of(problem["problem"]),
                        words_of(problem["hint"]));
  }
  for (const auto& [section, entries] : report.items()) {
    if (!entries.is_object()) continue;
    text += fmt::format("{}:\n", section);
    for (const auto& [key, value] : entries.items()) {
      text += fmt::format("  {:<20} {}\n", key, words_of(value));
    }
  }
  return text;
}

Result<Reply> show(const Machine& machine) {
  const auto facts = collect_host_facts(machine);
  const auto problems = diagnose(facts);
  auto report = json_of(facts, problems);
  auto text = text_of(report);
  return Reply{std::move(report), std::move(text), problems.empty() ? exit_success : exit_failure};
}

Result<Action> parse_show(const Values& /*values*/) {
  return show;
}

constexpr std::array commands = {
    Command{"show", {}, "show what is there, what is missing and what to do", parse_show},
};

}  // namespace

Object feature_object() {
  return {"feature", "what this host offers, and what is missing", commands};
}

}  // namespace vsockfwd
