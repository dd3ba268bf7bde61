// SPDX-License-Identifier: GPL-2.0
#include "common/traffic_options.h"

#include <fmt/format.h>

#include <map>
#include <string>

namespace vsockfwd::programs {

void TrafficOptions::add_to(CLI::App& command) {
  static const std::map<std::string, SocketType> types{{"stream", SocketType::stream},
                                                       {"seqpacket", SocketType::seqpacket}};
  command.add_option("--type", type_, "stream or seqpacket (default: stream)")
      ->transform(CLI::CheckedTransformer(types))
      ->option_text("TYPE");
  command.add_option("--connections", connections_, "how many connections, then exit")
      ->option_text("N (default: 1)");
  command.add_option("--expect-peer", expected_peer_, "fail unless the peer has this CID")
      ->option_text("CID");
  command.add_option("--timeout", timeout_.value, "longest wait of a single step")
      ->option_text("SECONDS (default: 10)");
  command.add_option("--seed", traffic_.seed, "what the data is made from")
      ->option_text("N (default: 1)");
  command.add_flag("--one-way", traffic_.one_way,
                   "no echo: the server checks what comes; give it to both, with one seed");
}

void TrafficOptions::add_amount_to(CLI::App& command) {
  auto* const amount = command.add_option_group("amount", "How much each connection carries:");
  amount->add_option("--bytes", traffic_.bytes)->option_text("N");
  amount->add_option("--messages", traffic_.messages, "stream: a chunk each")->option_text("N");
  amount->add_option("--seconds", duration_.value)->option_text("SECONDS");
  amount->require_option(1);
}

Result<void> TrafficOptions::run_as_client(Channel& channel) const {
  return run(channel, run_client);
}

Result<void> TrafficOptions::run_as_server(Channel& channel) const {
  return run(channel, run_server);
}

Result<void> TrafficOptions::run(Channel& channel, Role play) const {
  const auto [cid, port] = channel.peer();
  if (expected_peer_ != 0 && cid != expected_peer_) {
    return Failure(Error{
        fmt::format("the peer is {}:{}, expected was CID {}", cid, port, expected_peer_), {}});
  }
  auto traffic = traffic_;
  if (duration_.value > 0) traffic.until = Clock::now() + duration_.milliseconds();

  const auto bytes = play(channel, traffic);
  if (!bytes) {
    auto error = bytes.error();
    error.message = fmt::format("connection with {}:{}: {}", cid, port, error.message);
    return Failure(std::move(error));
  }
  fmt::print("peer {}:{} local {}:{} bytes {}\n", cid, port, channel.local().cid,
             channel.local().port, *bytes);
  return {};
}

}  // namespace vsockfwd::programs
