// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_PROGRAMS_TRAFFIC_OPTIONS_H
#define VSOCKFWD_PROGRAMS_TRAFFIC_OPTIONS_H

#include <CLI/CLI.hpp>
#include <cstdint>

#include "common/channel.h"
#include "common/program.h"
#include "common/traffic.h"

/// What all programs that carry traffic have in common on their command lines and in their output.
namespace vsockfwd::programs {

/// Options of a command that opens or takes connections, and what it does with them.
class TrafficOptions {
 public:
  /// Adds what both a client and a server can be told.
  void add_to(CLI::App& command);

  /// Adds how much a client sends.
  void add_amount_to(CLI::App& command);

  [[nodiscard]] SocketType type() const { return type_; }

  /// How long one call on a connection may take.
  [[nodiscard]] Milliseconds timeout() const { return timeout_.milliseconds(); }

  /// Connections that are opened, or taken.
  [[nodiscard]] std::uint32_t connections() const { return connections_; }

  /// Plays the client, or the server, of one connection and prints "peer CID:PORT local CID:PORT
  /// bytes N".
  [[nodiscard]] Result<void> run_as_client(Channel& channel) const;
  [[nodiscard]] Result<void> run_as_server(Channel& channel) const;

 private:
  using Role = Result<std::uint64_t> (*)(Channel&, const Traffic&);
  [[nodiscard]] Result<void> run(Channel& channel, Role play) const;

  SocketType type_ = SocketType::stream;
  Seconds timeout_{10};
  std::uint32_t connections_ = 1;
  std::uint64_t expected_peer_ = 0;
  Traffic traffic_;
  Seconds duration_;
};

}  // namespace vsockfwd::programs

#endif  // VSOCKFWD_PROGRAMS_TRAFFIC_OPTIONS_H
