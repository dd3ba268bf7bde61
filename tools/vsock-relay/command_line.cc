// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "lib/run_options.h"
#include "vsock-relay/allowlist.h"
#include "vsock-relay/config_toml.h"
#include "vsock-relay/setting.h"

namespace vsockfwd::relay {
namespace {

constexpr const char* default_control_path = "/run/vsock-relay/control.sock";
constexpr const char* default_vsock_proxy_allowlist = "/etc/nitro_enclaves/vsock-proxy.yaml";

Result<Config> with_allowed_targets(Config config) {
  return check_targets(config).map([&config] { return std::move(config); });
}

Result<Draft> add_pair(const std::vector<Choice<PairDraft>>& choices, Draft draft) {
  PairDraft pair;
  if (auto fine = set_all(choices, pair); !fine) return Failure(std::move(fine.error()));
  for (const auto& [setting, word] : choices) pair.given.insert(setting->key);
  draft.pairs.push_back(std::move(pair));
  return draft;
}

/// Of vsock-proxy, which never goes without.
Error name_another_allowlist(Error error) {
  if (error.hint.empty()) error.hint = "name an allowlist with -c FILE or --config FILE";
  return error;
}

const ConfigSource<PairDraft, Draft, Config> config_source{
    pair_settings(), program_settings(), parse_toml, add_pair, finish, with_allowed_targets};

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
      return RunCommand{[config = std::move(config)] {
        return with_allowed_targets(config).map_error(name_another_allowlist);
      }};
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

/// The whole command line.
class Program {
 public:
  Result<Command> parse(std::vector<std::string> words) {
    auto print = common_.parse(std::move(words));
    if (!print) return Failure(std::move(print.error()));
    if (*print) return **print;
    if (app_.got_subcommand("run")) return run_.command();
    if (app_.got_subcommand("vsock-proxy")) return vsock_proxy_.command();
    return status_.command();
  }

 private:
  CLI::App app_{"Relays connections between TCP, vsock, unix sockets and hybrid vsock.",
                std::string(program_name)};
  RunOptions<PairDraft, Draft, Config> run_{app_, "relay connections", "pairs", config_source};
  VsockProxy vsock_proxy_{app_};
  StatusOptions status_{app_, "relay", default_control_path};
  CommonWords common_{app_};
};

}  // namespace

Result<Command> parse_command_line(std::vector<std::string> words) {
  return Program().parse(std::move(words));
}

}  // namespace vsockfwd::relay
