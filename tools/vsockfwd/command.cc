// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "vsockfwd/batch.h"
#include "vsockfwd/completion.h"
#include "vsockfwd/feature.h"
#include "vsockfwd/flow.h"
#include "vsockfwd/hold.h"
#include "vsockfwd/host.h"
#include "vsockfwd/monitor.h"
#include "vsockfwd/restore.h"
#include "vsockfwd/rule.h"
#include "vsockfwd/save.h"
#include "vsockfwd/stats.h"

namespace vsockfwd {

namespace {

/// Either may be empty.
std::string two_words(std::string_view first, std::string_view second) {
  const bool both = !first.empty() && !second.empty();
  return fmt::format("{}{}{}", first, both ? " " : "", second);
}

/// A keyword, its value, and what may stand directly behind that.
std::string with_followers(const Keyword& keyword, std::span<const Keyword> keywords) {
  auto words = term(keyword);
  for (const auto& follower : keywords) {
    if (!follower.behind.empty() && follower.behind == keyword.name)
      words += fmt::format(" [{}]", term(follower));
  }
  return words;
}

}  // namespace

std::span<const Option> options() {
  static constexpr std::array table = {json_option, pretty_option, help_option, version_option};
  return table;
}

std::span<const ExitStatus> exit_statuses() {
  static constexpr std::array table = {
      ExitStatus{exit_success,
                 "done; for \"feature\": the host is ready; for \"hold\" and \"monitor\": a signal "
                 "has ended it"},
      ExitStatus{exit_failure,
                 "failed, or the result could not be printed; for \"feature\": "
                 "something is missing"},
      ExitStatus{exit_usage, "the command line makes no sense; nothing was tried"},
  };
  return table;
}

std::span<const Object> objects() {
  static const std::array table = {rule_object(),    hold_object(),      flow_object(),
                                   stats_object(),   monitor_object(),   host_object(),
                                   feature_object(), batch_object(),     save_object(),
                                   restore_object(), completion_object()};
  return table;
}

const Command* nameless_command(const Object& object) {
  const auto& first = object.commands.front();
  return first.name.empty() ? &first : nullptr;
}

std::string term(const Keyword& keyword) {
  return two_words(keyword.name, keyword.value);
}

std::string name_of(const Object& object, const Command& command) {
  return two_words(object.name, command.name);
}

std::string synopsis(const Object& object, const Command& command) {
  auto words = name_of(object, command);
  std::vector<std::string> alternatives;
  for (const auto& keyword : command.keywords) {
    if (!keyword.behind.empty()) continue;  // stands where the one before it does
    const auto shown = with_followers(keyword, command.keywords);
    if (keyword.need == Need::alternative) {
      alternatives.push_back(shown);
    } else {
      words += fmt::format(fmt::runtime(keyword.need == Need::required ? " {}" : " [{}]"), shown);
    }
  }
  if (!alternatives.empty()) words += fmt::format(" {{{}}}", fmt::join(alternatives, " | "));
  return words;
}

}  // namespace vsockfwd
