// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_SETTING_OPTIONS_H
#define VSOCKFWD_LIB_SETTING_OPTIONS_H

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lib/result.h"
#include "lib/setting.h"

namespace vsockfwd {

/// A setting that was given on the command line.
template <typename Target>
struct Choice {
  const Setting<Target>* setting;
  std::string word;
};

template <typename Target>
Result<void> set_all(const std::vector<Choice<Target>>& choices, Target& target) {
  for (const auto& [setting, word] : choices) {
    if (auto fine = setting->set(target, word); !fine) {
      return Failure(Error{fmt::format("{}: {}", setting->option, fine.error().message),
                           std::move(fine.error().hint)});
    }
  }
  return {};
}

/// The options for the settings of one table.
template <typename Target>
class SettingOptions {
 public:
  SettingOptions(CLI::App& app, std::span<const Setting<Target>> settings,
                 const std::string& group) {
    for (const auto& setting : settings) {
      if (!setting.option.empty()) options_.emplace_back(&setting, add(app, setting, group));
    }
  }

  [[nodiscard]] std::vector<Choice<Target>> choices() const {
    std::vector<Choice<Target>> all;
    for (const auto& [setting, option] : options_) {
      for (const auto& word : option->results()) {
        all.push_back({setting, setting->value.empty() ? std::string(setting->flag_word) : word});
      }
    }
    return all;
  }

 private:
  static CLI::Option* add(CLI::App& app, const Setting<Target>& setting, const std::string& group) {
    const std::string name(setting.option);
    const std::string description(setting.description);
    if (setting.value.empty()) {
      return app.add_flag(name, description)->disable_flag_override()->group(group);
    }
    auto* const option = app.add_option(name, CLI::callback_t(), description);
    if (setting.form == Form::list) option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    return option->type_name(std::string(setting.value))->group(group);
  }

  std::vector<std::pair<const Setting<Target>*, CLI::Option*>> options_;
};

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_SETTING_OPTIONS_H
