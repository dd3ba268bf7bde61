// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <utility>

#include "lib/completion.h"
#include "lib/file.h"
#include "lib/program_words.h"
#include "lib/setting_options.h"
#include "lib/suggestion.h"
#include "qgs-mux/draft.h"
#include "qgs-mux/setting.h"

namespace vsockfwd::qgs {
namespace {

constexpr const char* default_control_path = "/run/qgs-mux/control.sock";

Failure refuse(std::string message, std::string hint) {
  return Failure(Error{std::move(message), std::move(hint)});
}

/// qgs-mux run
class Run {
 public:
  explicit Run(CLI::App& program)
      : app_(*program.add_subcommand("run", "serve guests until a signal ends it")),
        config_(
            *app_.add_option("--config", config_path_, "read services and fronts from this file")
                 ->type_name("FILE")),
        flags_(app_, flag_settings(), "Services and fronts"),
        program_options_(app_, program_settings(), "The program; these outdo the file") {
    app_.add_flag("--check-config", check_only_, "say whether the configuration is fine, and leave")
        ->disable_flag_override();
  }

  [[nodiscard]] Result<Command> command() const {
    Config config;
    auto options = program_options_.choices();
    if (auto fine = set_all(options, config); !fine) return Failure(std::move(fine.error()));
    return config_.count() > 0 ? from_file(std::move(options)) : from_options(std::move(config));
  }

 private:
  [[nodiscard]] Result<Command> from_file(std::vector<Choice<Config>> options) const {
    const auto misplaced = flags_.choices();
    if (!misplaced.empty()) {
      return refuse(fmt::format("{} and --config exclude each other", misplaced[0].setting->option),
                    "write it into the file");
    }
    auto load = [path = config_path_, options = std::move(options)] {
      return read_file(path)
          .and_then([&path](const std::string& text) { return parse_toml(text, path); })
          .and_then([&options](Draft draft) {
            return set_all(options, draft.config).and_then([&draft] { return finish(draft); });
          });
    };
    return RunCommand{std::move(load), check_only_};
  }

  [[nodiscard]] Result<Command> from_options(Config config) const {
    FlagDraft flags;
    if (auto fine = set_all(flags_.choices(), flags); !fine) {
      return Failure(std::move(fine.error()));
    }
    return finish(expand(flags, std::move(config))).map([this](Config complete) -> Command {
      return RunCommand{[config = std::move(complete)] { return Result<Config>(config); },
                        check_only_};
    });
  }

  CLI::App& app_;
  std::string config_path_;
  bool check_only_ = false;
  const CLI::Option& config_;
  SettingOptions<FlagDraft> flags_;
  SettingOptions<Config> program_options_;
};

/// qgs-mux probe
class Probe {
 public:
  explicit Probe(CLI::App& program) {
    auto& app = *program.add_subcommand(
        "probe", "ask services whether they are fine, and tell what to do if not");
    app.add_option("--qgs", services_, "a service: a path or vsock:CID:PORT; may be repeated")
        ->type_name("ADDRESS")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->capture_default_str();
  }

  [[nodiscard]] Result<Command> command() const {
    ProbeCommand probe;
    for (const auto& word : services_) {
      auto address = parse_service(word);
      if (!address) return Failure(std::move(address.error()));
      probe.services.push_back(std::move(*address));
    }
    return probe;
  }

 private:
  std::vector<std::string> services_ = {std::string(default_service)};
};

/// The whole command line.
class Program {
 public:
  Program() {
    app_.add_flag("-V,--version", version_, "print the version");
    app_.add_subcommand("completion", "print a script that completes words")
        ->require_subcommand(1)
        ->add_subcommand("bash", "for bash to source");
  }

  Result<Command> parse(std::vector<std::string> words) {
    auto parsed = parse_words(app_, std::move(words));
    if (!parsed) return Failure(std::move(parsed.error()));
    if (!parsed->empty()) return PrintCommand{std::move(*parsed)};
    if (version_) return PrintCommand{fmt::format("{} {}\n", program_name, VSOCKFWD_VERSION)};
    if (app_.got_subcommand("run")) return run_.command();
    if (app_.got_subcommand("status")) return status_.command();
    if (app_.got_subcommand("probe")) return probe_.command();
    if (app_.got_subcommand("completion")) return PrintCommand{bash_completion(app_)};
    return refuse("there is no command", suggest({}, subcommand_names(app_)));
  }

 private:
  CLI::App app_{"Lets many TD guests share the quote generation services of their host.",
                std::string(program_name)};
  bool version_ = false;
  Run run_{app_};
  StatusOptions status_{app_, "multiplexer", default_control_path};
  Probe probe_{app_};
};

/// tdx-qgsd-multiplexer has options and no commands.
bool is_older_form(const std::vector<std::string>& words) {
  if (words.empty()) return false;
  for (const std::string_view option : {"--qgs", "--vsock_name", "--vsock_path"}) {
    if (words[0] == option || words[0].starts_with(fmt::format("{}=", option))) return true;
  }
  return false;
}

}  // namespace

Result<Command> parse_command_line(std::vector<std::string> words) {
  if (is_older_form(words)) words.insert(words.begin(), "run");
  return Program().parse(std::move(words));
}

}  // namespace vsockfwd::qgs
