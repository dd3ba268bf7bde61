// SPDX-License-Identifier: GPL-2.0
// Opens or takes vsock connections through the kernel's sockets, and checks what they carry.
#include <exception>
#include <future>
#include <vector>

#include "common/program.h"
#include "common/traffic_options.h"
#include "common/vsock_socket.h"
#include "lib/cid.h"

namespace vsockfwd::programs {
namespace {

class ListenCommand {
 public:
  explicit ListenCommand(CLI::App& app) {
    auto& command = *app.add_subcommand("listen", "take connections and serve them, all at a time");
    command.add_option("--port", port_)->required();
    command.add_option("--cid", cid_, "own CID to listen on")->option_text("CID (default: any)");
    options_.add_to(command);
    ready_file_.add_to(command);
    command.callback([this] { run(); });
  }

 private:
  void run() {
    const auto listener = value_or_fail(VsockListener::listen(options_.type(), cid_, port_));
    value_or_fail(ready_file_.make());

    std::vector<std::future<Result<void>>> served;
    for (std::uint32_t i = 0; i < options_.connections(); ++i) {
      auto accepted = value_or_fail(listener.accept(options_.timeout(), options_.timeout()));
      auto serve = [this, socket = std::move(accepted)]() mutable {
        // The future keeps this function, and what it owns, for too long: the client waits for us
        // to close.
        auto closed_when_done = std::move(socket);
        return options_.run_as_server(closed_when_done);
      };
      served.push_back(std::async(std::launch::async, std::move(serve)));
    }
    for (auto& connection : served) value_or_fail(connection.get());
  }

  std::uint32_t port_ = 0;
  Cid cid_ = any_cid;
  TrafficOptions options_;
  ReadyFile ready_file_;
};

class ConnectCommand {
 public:
  explicit ConnectCommand(CLI::App& app) {
    auto& command = *app.add_subcommand("connect", "open connections, one after the other");
    command.add_option("--cid", peer_.cid, "the peer's CID")->required()->option_text("CID");
    command.add_option("--port", peer_.port)->required()->option_text("PORT");
    options_.add_to(command);
    options_.add_amount_to(command);
    command.callback([this] { run(); });
  }

 private:
  void run() {
    for (std::uint32_t i = 0; i < options_.connections(); ++i) {
      auto socket = value_or_fail(VsockSocket::connect(options_.type(), peer_, options_.timeout()));
      value_or_fail(options_.run_as_client(socket));
    }
  }

  Address peer_;
  TrafficOptions options_;
};

}  // namespace
}  // namespace vsockfwd::programs

int main(int argc, char** argv) {
  using namespace vsockfwd::programs;
  CLI::App app(
      "Opens or takes vsock connections, and checks every byte and message they carry.\n"
      "Prints a line for each: peer CID:PORT local CID:PORT bytes N.");
  const ListenCommand listen(app);
  const ConnectCommand connect(app);
  return run_program(app, argc, argv);
}
