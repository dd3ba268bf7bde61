// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_RUN_OPTIONS_H
#define VSOCKFWD_LIB_RUN_OPTIONS_H

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/daemon_command.h"
#include "lib/file.h"
#include "lib/result.h"
#include "lib/setting_options.h"

namespace vsockfwd {

/// How a daemon gets its configuration. Parts are what options can say in place of a file.
template <typename Parts, typename Draft, typename Config>
struct ConfigSource {
  std::span<const Setting<Parts>> part_settings;
  /// Of options and files; the options outdo the file.
  std::span<const Setting<Draft>> program_settings;
  /// Reads a file; `path` is for messages.
  Result<Draft> (*parse)(std::string_view text, std::string_view path);
  /// Adds what the options for parts say.
  Result<Draft> (*add_parts)(const std::vector<Choice<Parts>>& choices, Draft draft);
  /// Says what is missing in what was written down, or does not fit together.
  Result<Config> (*finish)(Draft draft);
  /// Looks at what is outside of the configuration, at the start and for each reload.
  Result<Config> (*check)(Config config);
};

/// The subcommand "run" of a daemon: one configuration from a file or from options.
template <typename Parts, typename Draft, typename Config>
class RunOptions {
 public:
  using Source = ConfigSource<Parts, Draft, Config>;

  /// `work` is what it does, as in: relay connections; `parts` what a file or options name.
  RunOptions(CLI::App& program, std::string_view work, std::string_view parts, const Source& source)
      : source_(source),
        app_(*program.add_subcommand("run", fmt::format("{} until a signal ends it", work))),
        config_(*app_.add_option("--config", config_path_,
                                 fmt::format("read the {} from this file", parts))
                     ->type_name("FILE")),
        part_options_(app_, source.part_settings, fmt::format("In place of a file: {}", parts)),
        program_options_(app_, source.program_settings, "The program; these outdo the file") {
    app_.add_flag("--check-config", check_only_, "say whether the configuration is fine, and leave")
        ->disable_flag_override();
  }

  [[nodiscard]] Result<RunCommand<Config>> command() const {
    Draft draft;
    auto options = program_options_.choices();
    if (auto fine = set_all(options, draft); !fine) return Failure(std::move(fine.error()));
    return config_.count() > 0 ? from_file(std::move(options)) : from_options(std::move(draft));
  }

 private:
  [[nodiscard]] Result<RunCommand<Config>> from_file(std::vector<Choice<Draft>> options) const {
    const auto misplaced = part_options_.choices();
    if (!misplaced.empty()) {
      const auto option = misplaced[0].setting->option;
      return Failure(Error{fmt::format("{} and --config exclude each other", option),
                           "write it into the file"});
    }
    auto load = [source = source_, path = config_path_, options = std::move(options)] {
      return read_file(path)
          .and_then([&](const std::string& text) { return source.parse(text, path); })
          .and_then([&](Draft draft) {
            return set_all(options, draft).and_then([&] {
              return source.finish(std::move(draft));
            });
          })
          .and_then(source.check);
    };
    return RunCommand<Config>{std::move(load), check_only_};
  }

  [[nodiscard]] Result<RunCommand<Config>> from_options(Draft draft) const {
    return source_.add_parts(part_options_.choices(), std::move(draft))
        .and_then(source_.finish)
        .map([this](Config config) {
          auto load = [check = source_.check, config = std::move(config)] { return check(config); };
          return RunCommand<Config>{std::move(load), check_only_};
        });
  }

  Source source_;
  CLI::App& app_;
  std::string config_path_;
  bool check_only_ = false;
  const CLI::Option& config_;
  SettingOptions<Parts> part_options_;
  SettingOptions<Draft> program_options_;
};

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_RUN_OPTIONS_H
