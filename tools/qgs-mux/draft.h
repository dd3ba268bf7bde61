// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_QGS_MUX_DRAFT_H
#define VSOCKFWD_QGS_MUX_DRAFT_H

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "lib/result.h"
#include "qgs-mux/config.h"

namespace vsockfwd::qgs {

/// Where the service listens as it comes from Intel, and its port on vsock.
inline constexpr std::string_view default_service = "/var/run/tdx-qgs/qgs.socket";
inline constexpr std::uint32_t default_port = 4050;

/// Parts of a configuration as they were written down: each setting is fine by itself, but some may
/// be missing. `place` is FILE:LINE:COLUMN.
struct ServiceDraft {
  std::optional<Address> address;
  std::uint32_t threads = ServiceConfig().threads;
  std::string place;
};

struct ListenerDraft {
  std::optional<Address> address;
  ListenOptions options;
  std::string place;
};

struct WatchDraft {
  std::string path;
  std::uint32_t port = default_port;
  ListenOptions options;
  std::string place;
};

/// The same on a command line, where all of a kind share their settings.
struct FlagDraft {
  std::vector<Address> services;
  std::uint32_t threads = ServiceConfig().threads;
  std::vector<Address> listeners;
  std::vector<std::string> watches;
  std::uint32_t port = default_port;
  /// --vsock_path and --vsock_name.
  std::string guest_folder = "/var/lib/vc/dragonball";
  std::string socket_name = "kata.hvsock_4050";
  ListenOptions options;
};

struct Draft {
  /// The settings of the program; without services, listeners and watches.
  Config config;
  // A table that has begun stays where it is.
  std::deque<ServiceDraft> services;
  std::deque<ListenerDraft> listeners;
  std::deque<WatchDraft> watches;
};

/// Adds what a command line says as a file would.
Draft expand(const FlagDraft& flags, Draft draft);

/// Makes a configuration of what was written down, or says what is missing or there twice.
Result<Config> finish(Draft draft);

/// Reads a configuration file. `path` is for messages.
Result<Draft> parse_toml(std::string_view text, std::string_view path);

}  // namespace vsockfwd::qgs

#endif  // VSOCKFWD_QGS_MUX_DRAFT_H
