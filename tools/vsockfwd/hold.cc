// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/hold.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <memory>
#include <optional>
#include <utility>

#include "lib/fwd_feature.h"
#include "lib/unique_fd.h"
#include "lib/word.h"
#include "vsockfwd/module.h"
#include "vsockfwd/rule_form.h"

namespace vsockfwd {
namespace {

/// Reads the value of a keyword that names a descriptor.
Result<std::optional<int>> parse_descriptor(const Values& values, std::string_view keyword) {
  static constexpr auto hint = "give the number of a descriptor that this program inherits";
  const auto word = values.find(keyword);
  if (!word) return std::optional<int>();
  const auto number = parse_number("descriptor", *word, hint);
  if (!number) return Failure(number.error());
  if (*number > INT_MAX) return invalid_word("descriptor", *word, "no descriptor has it", hint);
  return std::optional(static_cast<int>(*number));
}

/// Adds the rule and lets go of the proof: a guest that this program held could not end.
Result<FwdDevice> add(const Machine& machine, const Rule& rule, const Proof& proof) {
  const UniqueFd guest(proof.guest_fd.value_or(-1));
  const UniqueFd parent(proof.parent_fd == proof.guest_fd ? -1 : proof.parent_fd.value_or(-1));
  const bool proves = proof.guest_fd || proof.parent_fd;
  auto device = open_module(
      machine, features_for(rule) | (proves ? __u64{VHOST_VSOCK_FWD_F_PROOF} : __u64{0}));
  if (!device) return device;
  if (const auto added = device->rule_add(rule, proof); !added) return Failure(added.error());
  return device;
}

/// Until a signal ends the program.
Result<Reply> wait_for_ever() {
  for (;;) ::pause();
}

Result<Reply> hold(const Machine& machine, const Rule& rule, const Proof& proof) {
  auto device = add(machine, rule, proof);
  if (!device) return Failure(device.error());
  return Reply{
      json_of(rule), fmt::format("holding: {}\n", describe_rule(rule)), exit_success,
      [device = std::make_shared<FwdDevice>(std::move(*device))] { return wait_for_ever(); }};
}

Result<Action> parse_hold(const Values& values) {
  auto rule = parse_rule(values);
  if (!rule) return Failure(rule.error());
  rule->persistent = false;
  const auto guest_fd = parse_descriptor(values, "guest-fd");
  if (!guest_fd) return Failure(guest_fd.error());
  const auto parent_fd = parse_descriptor(values, "parent-fd");
  if (!parent_fd) return Failure(parent_fd.error());
  return [rule = *rule, proof = Proof{*guest_fd, *parent_fd}](const Machine& machine) {
    return hold(machine, rule, proof);
  };
}

constexpr std::array proof_keywords = {
    Keyword{"guest-fd", "FD", "", Need::optional,
            "the inherited descriptor of /dev/vhost-vsock that has the guest's CID, as proof"},
    Keyword{"parent-fd", "FD", "", Need::optional, "the same for the target, if that is a guest"},
};

constexpr auto keywords = [] {
  std::array<Keyword, rule_keywords.size() + proof_keywords.size()> all = {};
  std::ranges::copy(proof_keywords, std::ranges::copy(rule_keywords, all.begin()).out);
  return all;
}();

constexpr std::array commands = {
    Command{"", keywords, "add a rule, say so, and keep it until a signal ends the program",
            parse_hold},
};

}  // namespace

Object hold_object() {
  return {"hold", "a rule that goes with this program", commands, /*in_batch=*/false};
}

}  // namespace vsockfwd
