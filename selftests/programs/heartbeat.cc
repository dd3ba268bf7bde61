// SPDX-License-Identifier: GPL-2.0
// What an enclave's init says to its parent when it has booted, and what the parent answers.
#include <fmt/format.h>

#include <cerrno>
#include <cstddef>
#include <string>

#include "common/program.h"
#include "common/vsock_socket.h"
#include "lib/cid.h"

namespace vsockfwd::programs {
namespace {

/// Goes to the parent, and comes back.
constexpr std::byte heartbeat{0xb7};

constexpr std::uint32_t default_port = 9000;

std::string to_text(const Address& address) {
  return fmt::format("{}:{}", address.cid, address.port);
}

/// Receives the one byte that belongs there.
Result<void> receive_heartbeat(VsockSocket& socket) {
  std::byte byte{};
  const auto received = socket.receive(std::span(&byte, 1));
  if (!received) return Failure(received.error());
  if (received->length == 0)
    return Failure(Error{"the peer closed without a heartbeat", {}, EPIPE});
  if (byte != heartbeat) {
    return Failure(
        Error{fmt::format("received {:#04x} instead of {:#04x}", std::to_integer<unsigned>(byte),
                          std::to_integer<unsigned>(heartbeat)),
              {},
              EBADMSG});
  }
  return {};
}

class ClientCommand {
 public:
  explicit ClientCommand(CLI::App& app) {
    auto& command = *app.add_subcommand("client", "send a heartbeat and wait for it to come back");
    command.add_option("--cid", peer_.cid, "the parent's CID")->option_text("CID (default: 3)");
    command.add_option("--port", peer_.port)->option_text("PORT (default: 9000)");
    command.add_option("--timeout", timeout_.value)->option_text("SECONDS (default: 10)");
    command.callback([this] { run(); });
  }

 private:
  void run() {
    auto socket =
        value_or_fail(VsockSocket::connect(SocketType::stream, peer_, timeout_.milliseconds()));
    value_or_fail(socket.send(std::span(&heartbeat, 1), false));
    value_or_fail(receive_heartbeat(socket));
    fmt::print("heartbeat answered by {}\n", to_text(socket.peer()));
  }

  Address peer_{.cid = parent_cid, .port = default_port};
  Seconds timeout_{10};
};

class ServerCommand {
 public:
  explicit ServerCommand(CLI::App& app) {
    auto& command = *app.add_subcommand("server", "answer heartbeats");
    command.add_option("--port", port_)->option_text("PORT (default: 9000)");
    command.add_option("--count", count_, "how many to answer, then exit")
        ->option_text("N (default: 1)");
    command.add_option("--timeout", timeout_.value, "longest wait for a client, and for its byte")
        ->option_text("SECONDS (default: 60)");
    ready_file_.add_to(command);
    command.callback([this] { run(); });
  }

 private:
  void run() {
    const auto listener = value_or_fail(VsockListener::listen(SocketType::stream, any_cid, port_));
    value_or_fail(ready_file_.make());
    for (std::uint32_t i = 0; i < count_; ++i) {
      const auto timeout = timeout_.milliseconds();
      auto socket = value_or_fail(listener.accept(timeout, timeout));
      value_or_fail(receive_heartbeat(socket));
      value_or_fail(socket.send(std::span(&heartbeat, 1), false));
      fmt::print("heartbeat from {}\n", to_text(socket.peer()));
    }
  }

  std::uint32_t port_ = default_port;
  std::uint32_t count_ = 1;
  Seconds timeout_{60};
  ReadyFile ready_file_;
};

}  // namespace
}  // namespace vsockfwd::programs

int main(int argc, char** argv) {
  using namespace vsockfwd::programs;
  CLI::App app("Sends and answers the heartbeat of an enclave: the byte 0xb7, there and back.");
  const ClientCommand client(app);
  const ServerCommand server(app);
  return run_program(app, argc, argv);
}
