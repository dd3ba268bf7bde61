// SPDX-License-Identifier: GPL-2.0
// Puts load on a relay, from both of its ends: a server behind it, clients before it. Results are
// JSON, a line each.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "common/program.h"
#include "relay/load/client.h"
#include "relay/load/server.h"

namespace vsockfwd::relay_load {
namespace {

using programs::Seconds;
using programs::value_or_fail;

SocketAddress address_of(const std::string& word) {
  return value_or_fail(parse_socket_address(word));
}

class ServeCommand {
 public:
  explicit ServeCommand(CLI::App& app) {
    auto& command = *app.add_subcommand(
        "serve", "serve clients until the input ends; tell counts for each line of input");
    command.add_option("ADDRESS", addresses_)->required();
    command.callback([this] { run(); });
  }

 private:
  void run() const {
    std::vector<SocketAddress> addresses(addresses_.size());
    std::ranges::transform(addresses_, addresses.begin(), address_of);
    value_or_fail(serve(addresses));
  }

  std::vector<std::string> addresses_;
};

/// What all clients have on their command lines.
class ClientCommand {
 protected:
  ClientCommand(CLI::App& app, const std::string& name, const std::string& description)
      : command_(*app.add_subcommand(name, description)) {
    command_.add_option("ADDRESS", address_)->required();
  }

  [[nodiscard]] SocketAddress server() const { return address_of(address_); }

  CLI::App& command_;

 private:
  std::string address_;
};

class BulkCommand : private ClientCommand {
 public:
  explicit BulkCommand(CLI::App& app)
      : ClientCommand(app, "bulk", "keep data flowing until the input ends; counts like serve") {
    const std::map<std::string, Service> directions = {{"up", Service::sink},
                                                       {"down", Service::source}};
    command_.add_option("--direction", service_)
        ->required()
        ->transform(CLI::CheckedTransformer(directions))
        ->option_text("up|down");
    command_.add_option("--connections", connections_)->option_text("N (default: 1)");
    command_.callback([this] { value_or_fail(run_bulk(server(), service_, connections_)); });
  }

 private:
  Service service_ = Service::sink;
  std::uint32_t connections_ = 1;
};

class IdleCommand : private ClientCommand {
 public:
  explicit IdleCommand(CLI::App& app)
      : ClientCommand(app, "idle", "open connections and keep them until the input ends") {
    command_.add_option("--connections", connections_)->required()->option_text("N");
    command_.callback([this] { value_or_fail(run_idle(server(), connections_)); });
  }

 private:
  std::uint32_t connections_ = 0;
};

class RequestsCommand : private ClientCommand {
 public:
  explicit RequestsCommand(CLI::App& app)
      : ClientCommand(app, "requests", "send requests one after the other over a connection") {
    command_.add_option("--bytes", size_, "of a request, and of its answer")
        ->check(CLI::Range(std::size_t{1}, PeriodicPattern::max_piece))
        ->option_text("N (default: 64)");
    command_.add_option("--seconds", duration_.value)->required()->option_text("SECONDS");
    command_.callback([this] { run(); });
  }

 private:
  void run() const {
    auto latency = value_or_fail(run_requests(server(), size_, duration_.milliseconds()));
    fmt::print("{{\"count\": {}, \"p50_us\": {:.3f}, \"p99_us\": {:.3f}}}\n", latency.count(),
               latency.percentile(0.5), latency.percentile(0.99));
  }

  std::size_t size_ = 64;
  Seconds duration_;
};

class ExchangeCommand : private ClientCommand {
 public:
  explicit ExchangeCommand(CLI::App& app)
      : ClientCommand(app, "exchange", "open connections that send and get the same back") {
    command_.add_option("--total", wanted_.total, "how many connections")
        ->check(CLI::PositiveNumber)
        ->option_text("N (default: 1)");
    command_.add_option("--at-once", wanted_.at_once, "how many of them at a time")
        ->check(CLI::PositiveNumber)
        ->option_text("N (default: 1)");
    command_.add_option("--bytes", wanted_.bytes, "what each one sends")
        ->check(CLI::PositiveNumber)
        ->option_text("N (default: 1)");
    command_.add_flag("--half-close", wanted_.half_close,
                      "end the sending before all has come back, and want the server's end");
    command_.callback([this] { run(); });
  }

 private:
  void run() const {
    const auto start = std::chrono::steady_clock::now();
    auto latency = value_or_fail(run_exchanges(server(), wanted_));
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    fmt::print("{{\"count\": {}, \"seconds\": {:.6f}, \"p50_us\": {:.3f}, \"p99_us\": {:.3f}}}\n",
               latency.count(), elapsed.count(), latency.percentile(0.5), latency.percentile(0.99));
  }

  Exchanges wanted_;
};

}  // namespace
}  // namespace vsockfwd::relay_load

int main(int argc, char** argv) {
  using namespace vsockfwd::relay_load;
  CLI::App app("Puts load on a relay, and checks what comes through.");
  const ServeCommand serve(app);
  const BulkCommand bulk(app);
  const IdleCommand idle(app);
  const RequestsCommand requests(app);
  const ExchangeCommand exchange(app);
  return vsockfwd::programs::run_program(app, argc, argv);
}
