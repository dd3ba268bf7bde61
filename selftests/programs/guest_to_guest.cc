// SPDX-License-Identifier: GPL-2.0
// Measures how long bytes take from one userspace guest to another one, however they are brought
// there.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <vector>

#include "common/guest_channel.h"
#include "common/program.h"
#include "guest/endpoint.h"
#include "guest/userspace_guest.h"
#include "lib/cid.h"

namespace vsockfwd::programs {
namespace {

constexpr Milliseconds timeout{30000};

/// A guest and its vsock stack.
class Party {
 public:
  Party(Cid cid, std::uint32_t packet_bytes)
      : guest_(value_or_fail(guest::UserspaceGuest::create(
            {.cid = cid, .ring_size = 64, .payload_capacity = packet_bytes}))),
        endpoint_(*guest_) {}

  [[nodiscard]] guest::Endpoint& endpoint() { return endpoint_; }

 private:
  std::unique_ptr<guest::UserspaceGuest> guest_;
  guest::Endpoint endpoint_;
};

class GuestToGuest {
 public:
  explicit GuestToGuest(CLI::App& app) {
    app.add_option("--from", from_, "the guest that sends")->required()->option_text("CID");
    app.add_option("--to", to_, "the guest that receives")->required()->option_text("CID");
    app.add_option("--peer", peer_.cid, "the CID that the sender dials")->required();
    app.add_option("--dial", peer_.port, "the port that the sender dials")->required();
    app.add_option("--port", port_, "the port that the receiver listens on")->required();
    app.add_option("--bytes", packet_bytes_, "payload of a packet")->required();
    app.add_option("--total", total_, "bytes to measure")->required();
    app.callback([this] { run(); });
  }

 private:
  void run() {
    Party receiver(to_, packet_bytes_);
    receiver.endpoint().listen(guest::SocketType::stream, port_);
    auto received =
        std::async(std::launch::async, [&] { return receive_all(receiver.endpoint()); });

    Party sender(from_, packet_bytes_);
    auto channel = connect(sender.endpoint());
    const auto start = Clock::now();
    const std::vector<std::byte> data(packet_bytes_);
    for (std::uint64_t sent = 0; sent < total_; sent += packet_bytes_) {
      value_or_fail(channel.send(data, false));
    }
    value_or_fail(channel.end_sending());
    const auto end = value_or_fail(received.get());
    const std::chrono::duration<double, std::nano> elapsed = end - start;
    fmt::print("{:.1f}\n", elapsed.count() * packet_bytes_ / static_cast<double>(total_));
  }

  GuestChannel connect(guest::Endpoint& endpoint) const {
    auto connection =
        value_or_fail(endpoint.connect(guest::SocketType::stream, peer_, Clock::now() + timeout));
    return {endpoint, std::move(connection), timeout};
  }

  Result<Clock::time_point> receive_all(guest::Endpoint& endpoint) const {
    auto connection = endpoint.accept(Clock::now() + timeout);
    if (!connection) return Failure(connection.error());
    GuestChannel channel(endpoint, std::move(*connection), timeout);
    std::vector<std::byte> data(std::size_t{256} * 1024);
    for (std::uint64_t bytes = 0; bytes < total_;) {
      const auto received = channel.receive(data);
      if (!received) return Failure(received.error());
      if (received->length == 0) return Failure(Error{"the connection ends too early", {}, 0});
      bytes += received->length;
    }
    return Clock::now();
  }

  Cid from_ = 0;
  Cid to_ = 0;
  guest::Address peer_;
  std::uint32_t port_ = 0;
  std::uint32_t packet_bytes_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace
}  // namespace vsockfwd::programs

int main(int argc, char** argv) {
  CLI::App app("Prints the nanoseconds that a packet takes from one guest to another.");
  const vsockfwd::programs::GuestToGuest measure(app);
  return vsockfwd::programs::run_program(app, argc, argv);
}
