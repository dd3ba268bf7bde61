// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/command.h"

#include <fmt/format.h>

#include <array>

#include "vsockfwd/completion.h"
#include "vsockfwd/feature.h"
#include "vsockfwd/rule.h"

namespace vsockfwd {

std::span<const Option> options() {
  static constexpr std::array table = {json_option, pretty_option, help_option, version_option};
  return table;
}

std::span<const ExitStatus> exit_statuses() {
  static constexpr std::array table = {
      ExitStatus{exit_success, "done; for \"feature\": the host is ready"},
      ExitStatus{exit_failure,
                 "failed, or the result could not be printed; for \"feature\": "
                 "something is missing"},
      ExitStatus{exit_usage, "the command line makes no sense; nothing was tried"},
  };
  return table;
}

std::span<const Object> objects() {
  static const std::array table = {rule_object(), feature_object(), completion_object()};
  return table;
}

std::string synopsis(const Object& object, const Command& command) {
  auto words = fmt::format("{} {}", object.name, command.name);
  for (const auto& keyword : command.keywords) {
    words += fmt::format(fmt::runtime(keyword.required ? " {} {}" : " [{} {}]"), keyword.name,
                         keyword.value);
  }
  return words;
}

}  // namespace vsockfwd
