// SPDX-License-Identifier: GPL-2.0
// Measures how fast a vsock connection is with writes of one size, and how long an answer takes.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/program.h"
#include "common/vsock_socket.h"
#include "lib/cid.h"
#include "relay/load/latency.h"

namespace vsockfwd::programs {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t piece_max = 1U << 20;

enum class Task : std::uint32_t {
  /// Take all pieces, and answer with one byte.
  take,
  /// Send every piece back.
  echo,
};

/// What a client begins with. Both ends are of one machine. The end of a stream says nothing: not
/// everything between two ends passes it on.
struct Order {
  Task task = Task::take;
  /// Bytes; 1 to piece_max.
  std::uint32_t piece = 0;
  std::uint64_t pieces = 0;
};

/// What a server begins with, before its client: vhost-device-vsock 0.3 resets a connection from
/// the host when data comes before the guest has accepted it.
constexpr std::array greeting{std::byte{'!'}};

/// Receives so many bytes.
void receive_all(VsockSocket& socket, std::span<std::byte> out) {
  while (!out.empty()) {
    const auto length = value_or_fail(socket.receive(out)).length;
    if (length == 0) throw CommandFailed{{"the peer ended too early", {}, EPIPE}};
    out = out.subspan(length);
  }
}

/// The option that sizes the buffers of vsock sockets.
class Buffer {
 public:
  void add_to(CLI::App& command) {
    command.add_option("--buffer", bytes_, "what this end and its peer may send ahead")
        ->option_text("BYTES (default: the kernel's)");
  }

  void set(const auto& socket) const {
    if (bytes_) value_or_fail(socket.set_buffer(*bytes_));
  }

 private:
  std::optional<std::uint64_t> bytes_;
};

class ServeCommand {
 public:
  explicit ServeCommand(CLI::App& app) {
    auto& command = *app.add_subcommand("serve", "serve clients, one after the other");
    command.add_option("--port", port_)->required();
    command.add_option("--connections", connections_, "how many, then exit")->required();
    buffer_.add_to(command);
    command.add_option("--timeout", timeout_.value, "longest wait of a single step")
        ->option_text("SECONDS (default: 60)");
    ready_file_.add_to(command);
    command.callback([this] { run(); });
  }

 private:
  void run() const {
    const auto listener = value_or_fail(VsockListener::listen(SocketType::stream, any_cid, port_));
    buffer_.set(listener);
    value_or_fail(ready_file_.make());
    const auto timeout = timeout_.milliseconds();
    for (std::uint32_t i = 0; i < connections_; ++i) {
      auto socket = value_or_fail(listener.accept(timeout, timeout));
      value_or_fail(socket.send(greeting, false));
      Order order;
      receive_all(socket, std::as_writable_bytes(std::span(&order, 1)));
      if (order.piece == 0 || order.piece > piece_max) {
        throw CommandFailed{{fmt::format("a piece has {} bytes", order.piece), {}, EBADMSG}};
      }
      order.task == Task::echo ? echo(socket, order) : take(socket, order);
    }
  }

  static void echo(VsockSocket& socket, const Order& order) {
    std::vector<std::byte> piece(order.piece);
    for (std::uint64_t i = 0; i < order.pieces; ++i) {
      receive_all(socket, piece);
      value_or_fail(socket.send(piece, false));
    }
  }

  static void take(VsockSocket& socket, const Order& order) {
    std::vector<std::byte> buffer(piece_max);
    for (auto left = order.piece * order.pieces; left > 0;) {
      const auto out = std::span(buffer).first(std::min<std::uint64_t>(left, buffer.size()));
      receive_all(socket, out);
      left -= out.size();
    }
    value_or_fail(socket.send(std::span(buffer).first(1), false));
  }

  std::uint32_t port_ = 0;
  std::uint32_t connections_ = 0;
  Buffer buffer_;
  Seconds timeout_{60};
  ReadyFile ready_file_;
};

class MeasureCommand {
 public:
  explicit MeasureCommand(CLI::App& app) {
    auto& command = *app.add_subcommand(
        "measure", "print bytes per second of a stream, or nanoseconds from a piece to its echo");
    static const std::map<std::string, Task> tasks{{"throughput", Task::take},
                                                   {"latency", Task::echo}};
    command.add_option("--cid", peer_.cid)->required();
    command.add_option("--port", peer_.port)->required();
    command.add_option("--what", order_.task)
        ->required()
        ->transform(CLI::CheckedTransformer(tasks))
        ->option_text("throughput|latency");
    command.add_option("--piece", order_.piece, "bytes of a write")
        ->required()
        ->check(CLI::Range(std::size_t{1}, piece_max));
    command.add_option("--pieces", order_.pieces, "how many")
        ->required()
        ->check(CLI::PositiveNumber);
    buffer_.add_to(command);
    command.add_option("--timeout", timeout_.value, "longest wait of a single step")
        ->option_text("SECONDS (default: 60)");
    command.add_option("--limit", limit_.value, "for all pieces together")
        ->option_text("SECONDS (default: 3600)");
    command.callback([this] { run(); });
  }

 private:
  void run() {
    auto socket =
        value_or_fail(VsockSocket::connect(SocketType::stream, peer_, timeout_.milliseconds()));
    buffer_.set(socket);
    std::array<std::byte, greeting.size()> greeted;
    receive_all(socket, greeted);
    value_or_fail(socket.send(std::as_bytes(std::span(&order_, 1)), false));
    try {
      fmt::print("{:.0f}\n", order_.task == Task::echo ? latency(socket) : throughput(socket));
    } catch (CommandFailed& failed) {
      failed.error.message += fmt::format(", after {} of {} pieces", done_, order_.pieces);
      throw;
    }
  }

  /// The median.
  [[nodiscard]] double latency(VsockSocket& socket) {
    std::vector<std::byte> piece(order_.piece);
    relay_load::Latency latency;
    const auto end = SteadyClock::now() + limit_.milliseconds();
    for (; done_ < order_.pieces; ++done_) {
      const auto start = SteadyClock::now();
      fail_after(end);
      value_or_fail(socket.send(piece, false));
      receive_all(socket, piece);
      latency.add(SteadyClock::now() - start);
    }
    return latency.percentile(0.5) * 1000;
  }

  /// Until the other end has all and says so.
  [[nodiscard]] double throughput(VsockSocket& socket) {
    const std::vector<std::byte> piece(order_.piece);
    const auto start = SteadyClock::now();
    for (; done_ < order_.pieces; ++done_) {
      fail_after(start + limit_.milliseconds());
      value_or_fail(socket.send(piece, false));
    }
    std::array<std::byte, 1> answer;
    receive_all(socket, answer);
    const std::chrono::duration<double> elapsed = SteadyClock::now() - start;
    return static_cast<double>(order_.piece * order_.pieces) / elapsed.count();
  }

  void fail_after(SteadyClock::time_point end) const {
    if (SteadyClock::now() <= end) return;
    throw CommandFailed{{fmt::format("not done in {} s", limit_.value), {}, ETIMEDOUT}};
  }

  Address peer_;
  Order order_;
  Buffer buffer_;
  Seconds timeout_{60};
  Seconds limit_{3600};
  /// Pieces that went out, or came back where they do.
  std::uint64_t done_ = 0;
};

}  // namespace
}  // namespace vsockfwd::programs

int main(int argc, char** argv) {
  using namespace vsockfwd::programs;
  CLI::App app("Measures how fast a vsock connection is.");
  const ServeCommand serve(app);
  const MeasureCommand measure(app);
  return run_program(app, argc, argv);
}
