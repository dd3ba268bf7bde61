// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <utility>

#include "lib/run_options.h"
#include "qgs-mux/draft.h"
#include "qgs-mux/setting.h"

namespace vsockfwd::qgs {
namespace {

constexpr const char* default_control_path = "/run/qgs-mux/control.sock";

Result<Draft> add_parts(const std::vector<Choice<FlagDraft>>& choices, Draft draft) {
  FlagDraft flags;
  return set_all(choices, flags).map([&] { return expand(flags, std::move(draft)); });
}

const ConfigSource<FlagDraft, Draft, Config> config_source{
    flag_settings(), program_settings(),
    parse_toml,      add_parts,
    finish,          [](Config config) {
      return Result<Config>(std::move(config)); }};

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
  Result<Command> parse(std::vector<std::string> words) {
    auto print = common_.parse(std::move(words));
    if (!print) return Failure(std::move(print.error()));
    if (*print) return **print;
    if (app_.got_subcommand("run")) return run_.command();
    if (app_.got_subcommand("probe")) return probe_.command();
    return status_.command();
  }

 private:
  CLI::App app_{"Lets many TD guests share the quote generation services of their host.",
                std::string(program_name)};
  RunOptions<FlagDraft, Draft, Config> run_{app_, "serve guests", "services and fronts",
                                            config_source};
  StatusOptions status_{app_, "multiplexer", default_control_path};
  Probe probe_{app_};
  CommonWords common_{app_};
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
