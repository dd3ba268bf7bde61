// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_DAEMON_SETTING_H
#define VSOCKFWD_LIB_DAEMON_SETTING_H

#include <algorithm>
#include <array>
#include <cstddef>

#include "lib/daemon_config.h"
#include "lib/listen_socket.h"
#include "lib/log.h"
#include "lib/setting.h"
#include "lib/setting_words.h"

/// Settings that the daemons share.
namespace vsockfwd {

/// The settings of the DaemonConfig to which `members` of a Target lead.
template <typename Target, auto... members>
constexpr std::array daemon_settings = {
    Setting<Target>{"drain", "--drain", "TIME", Form::string,
                    "how long what has begun may go on after SIGTERM (default: 30s)",
                    set_member<Target, parse_grace, members..., &DaemonConfig::drain>},
    Setting<Target>{"metrics", "--metrics", "ADDRESS", Form::string,
                    "serve metrics for Prometheus here, over HTTP",
                    set_member<Target, parse_metrics_address, members..., &DaemonConfig::metrics>},
    Setting<Target>{
        "control", "--control", "PATH", Form::string, "socket that answers the command \"status\"",
        set_member<Target, parse_control_path, members..., &DaemonConfig::control_path>},
    Setting<Target>{"log_level", "--log-level", "LEVEL", Form::string,
                    "error, warning, notice, info or debug (default: info)",
                    set_member<Target, parse_priority, members..., &DaemonConfig::log_limit>},
};

/// The settings of the ListenOptions to which `members` of a Target lead.
template <typename Target, auto... members>
constexpr std::array listen_settings = {
    Setting<Target>{"mode", "--mode", "MODE", Form::string,
                    "permissions of unix sockets (default: 0600)",
                    set_member<Target, parse_mode, members..., &ListenOptions::mode>},
    Setting<Target>{"group", "--group", "GROUP", Form::string, "group of unix sockets",
                    set_member<Target, parse_text, members..., &ListenOptions::group>},
    Setting<Target>{"backlog", "--backlog", "N", Form::integer,
                    "length of the queue of new connections (default: 1024)",
                    set_member<Target, parse_backlog, members..., &ListenOptions::backlog>},
};

/// One table of two.
template <typename Target, std::size_t first_size, std::size_t second_size>
constexpr auto join_settings(const std::array<Setting<Target>, first_size>& first,
                             const std::array<Setting<Target>, second_size>& second) {
  std::array<Setting<Target>, first_size + second_size> all{};
  std::copy(second.begin(), second.end(), std::copy(first.begin(), first.end(), all.begin()));
  return all;
}

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_DAEMON_SETTING_H
