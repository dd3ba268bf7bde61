// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "lib/completion.h"
#include "lib/file.h"
#include "lib/program_words.h"
#include "lib/setting_options.h"
#include "lib/suggestion.h"
#include "vsock-relay/allowlist.h"
#include "vsock-relay/config_toml.h"
#include "vsock-relay/setting.h"

namespace vsockfwd::relay {
namespace {

constexpr const char* default_control_path = "/run/vsock-relay/control.sock";
constexpr const char* default_vsock_proxy_allowlist = "/etc/nitro_enclaves/vsock-proxy.yaml";

Failure refuse(std::string message, std::string hint) {
  return Failure(Error{std::move(message), std::move(hint)});
}

Result<Config> with_allowed_targets(Config config) {
  return check_targets(config).map([&config] { return std::move(config); });
}

/// vsock-relay run
class Run {
 public:
  explicit Run(CLI::App& program)
      : app_(*program.add_subcommand("run", "relay connections until a signal ends it")),
        config_(*app_.add_option("--config", config_path_, "read the pairs from this file")
                     ->type_name("FILE")),
        pair_options_(app_, pair_settings(), "One pair of addresses"),
        program_options_(app_, program_settings(), "The program; these outdo the file") {
    app_.add_flag("--check-config", check_only_, "say whether the configuration is fine, and leave")
        ->disable_flag_override();
  }

  [[nodiscard]] Result<Command> command() const {
    Draft draft;
    auto options = program_options_.choices();
    if (auto fine = set_all(options, draft); !fine) return Failure(std::move(fine.error()));
    return config_.count() > 0 ? from_file(std::move(options)) : from_options(std::move(draft));
  }

 private:
  [[nodiscard]] Result<Command> from_file(std::vector<Choice<Draft>> options) const {
    const auto misplaced = pair_options_.choices();
    if (!misplaced.empty()) {
      return refuse(fmt::format("{} and --config exclude each other", misplaced[0].setting->option),
                    fmt::format("write {} into the file", misplaced[0].setting->key));
    }
    auto load = [path = config_path_, options = std::move(options)] {
      return read_file(path)
          .and_then([&path](const std::string& text) { return parse_toml(text, path); })
          .and_then([&options](Draft draft) {
            return set_all(options, draft).and_then([&draft] { return finish(std::move(draft)); });
          })
          .and_then(with_allowed_targets);
    };
    return RunCommand{std::move(load), check_only_};
  }

  [[nodiscard]] Result<Command> from_options(Draft draft) const {
    PairDraft pair;
    const auto options = pair_options_.choices();
    if (auto fine = set_all(options, pair); !fine) return Failure(std::move(fine.error()));
    for (const auto& [setting, word] : options) pair.given.insert(setting->key);
    draft.pairs.push_back(std::move(pair));
    return finish(std::move(draft)).map([this](Config config) -> Command {
      return RunCommand{[config = std::move(config)] { return with_allowed_targets(config); },
                        check_only_};
    });
  }

  CLI::App& app_;
  std::string config_path_;
  bool check_only_ = false;
  const CLI::Option& config_;
  SettingOptions<PairDraft> pair_options_;
  SettingOptions<Draft> program_options_;
};

/// vsock-relay vsock-proxy, with the words and options of AWS vsock-proxy.
class VsockProxy {
 public:
  explicit VsockProxy(CLI::App& program) {
    auto& app = *program.add_subcommand(
        "vsock-proxy", "relay from vsock to TCP, with the command line of AWS vsock-proxy");
    app.add_option("local_port", local_port_, "vsock port to listen on")->required();
    app.add_option("remote_addr", remote_host_, "name or IP address of the server")->required();
    app.add_option("remote_port", remote_port_, "TCP port of the server")->required();
    app.add_option("-w,--num_workers", connections_, "connections at once; more of them wait")
        ->type_name("N")
        ->capture_default_str();
    app.add_option("-c,--config", allowlist_, "allowlist that must have the server")
        ->type_name("FILE")
        ->capture_default_str();
    auto* const ipv4 = app.add_flag("-4,--ipv4", ipv4_, "use IPv4 addresses only");
    app.add_flag("-6,--ipv6", ipv6_, "use IPv6 addresses only")->excludes(ipv4);
  }

  [[nodiscard]] Result<Command> command() const {
    Draft draft;
    draft.config.target_allowlist = allowlist_;
    const bool bare_ipv6 = remote_host_.find(':') != std::string::npos;
    const auto host = bare_ipv6 ? fmt::format("[{}]", remote_host_) : remote_host_;
    PairDraft pair;
    for (const auto& [key, word] : std::initializer_list<std::pair<std::string_view, std::string>>{
             {"from", fmt::format("vsock:any:{}", local_port_)},
             {"to", fmt::format("tcp:{}:{}", host, remote_port_)},
             {"max_connections", connections_},
             {"family", ipv4_ ? "ipv4" : (ipv6_ ? "ipv6" : "any")}}) {
      if (auto fine = setting(key).set(pair, word); !fine) return Failure(std::move(fine.error()));
    }
    draft.pairs.push_back(std::move(pair));
    return finish(std::move(draft)).map([](Config config) -> Command {
      return RunCommand{[config = std::move(config)] { return with_allowed_targets(config); }};
    });
  }

 private:
  static const Setting<PairDraft>& setting(std::string_view key) {
    const auto all = pair_settings();
    return *std::find_if(all.begin(), all.end(),
                         [key](const Setting<PairDraft>& s) { return s.key == key; });
  }

  std::string local_port_;
  std::string remote_host_;
  std::string remote_port_;
  std::string connections_ = "1024";
  std::string allowlist_ = default_vsock_proxy_allowlist;
  bool ipv4_ = false;
  bool ipv6_ = false;
};

/// vsock-relay completion
class Completion {
 public:
  explicit Completion(CLI::App& program) : program_(program) {
    program.add_subcommand("completion", "print a script that completes words")
        ->require_subcommand(1)
        ->add_subcommand("bash", "for bash to source");
  }

  [[nodiscard]] Result<Command> command() const { return PrintCommand{bash_completion(program_)}; }

 private:
  const CLI::App& program_;
};

/// The whole command line.
class Program {
 public:
  Program() { app_.add_flag("-V,--version", version_, "print the version"); }

  Result<Command> parse(std::vector<std::string> words) {
    auto parsed = parse_words(app_, std::move(words));
    if (!parsed) return Failure(std::move(parsed.error()));
    if (!parsed->empty()) return PrintCommand{std::move(*parsed)};
    if (version_) return PrintCommand{fmt::format("{} {}\n", program_name, VSOCKFWD_VERSION)};
    if (app_.got_subcommand("run")) return run_.command();
    if (app_.got_subcommand("vsock-proxy")) return vsock_proxy_.command();
    if (app_.got_subcommand("status")) return status_.command();
    if (app_.got_subcommand("completion")) return completion_.command();
    return refuse("there is no command", suggest({}, subcommand_names(app_)));
  }

 private:
  CLI::App app_{"Relays connections between TCP, vsock, unix sockets and hybrid vsock.",
                std::string(program_name)};
  bool version_ = false;
  Run run_{app_};
  VsockProxy vsock_proxy_{app_};
  StatusOptions status_{app_, "relay", default_control_path};
  Completion completion_{app_};
};

}  // namespace

Result<Command> parse_command_line(std::vector<std::string> words) {
  return Program().parse(std::move(words));
}

}  // namespace vsockfwd::relay
