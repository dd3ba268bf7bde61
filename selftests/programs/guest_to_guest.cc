// SPDX-License-Identifier: GPL-2.0
// Measures how long packets take from one userspace guest to another one, however they are brought
// there. Both are in one thread, and do as little as they can: what the clock shows is the work of
// who is in between.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <memory>

#include "common/program.h"
#include "guest/userspace_guest.h"
#include "lib/cid.h"

namespace vsockfwd::programs {
namespace {

constexpr auto patience = std::chrono::seconds(30);
constexpr std::uint32_t receiver_buffer = 1U << 20;

/// One end of the only connection of a guest.
class End {
 public:
  End(Cid cid, std::uint32_t port, std::uint32_t packet_bytes)
      : guest_(value_or_fail(guest::UserspaceGuest::create(
            {.cid = cid, .ring_size = 64, .payload_capacity = packet_bytes}))),
        local_{cid, port} {}

  void dial(const guest::Address& peer) {
    peer_ = peer;
    must_send(VIRTIO_VSOCK_OP_REQUEST);
  }

  /// Whether there was credit, and room in the ring.
  bool send_data(std::uint32_t bytes) {
    const auto unread = static_cast<std::uint32_t>(sent_) - peer_fwd_cnt_;
    if (unread + bytes > peer_buf_alloc_) return false;
    if (!guest_->stage(header(VIRTIO_VSOCK_OP_RW, bytes), {}, {.as_they_are = bytes})) return false;
    sent_ += bytes;
    return true;
  }

  void flush() { guest_->flush(); }

  /// Handles what has come.
  void take() {
    while (const auto packet = guest_->take()) {
      handle(packet->header);
      guest_->give_back(*packet);
    }
    if (received_ - told_ >= receiver_buffer / 8) must_send(VIRTIO_VSOCK_OP_CREDIT_UPDATE);
    guest_->flush();
  }

  /// Waits until something has come, and handles it.
  void wait() {
    if (!value_or_fail(guest_->wait(Clock::now() + patience))) {
      throw CommandFailed{{fmt::format("guest {} hears nothing", local_.cid), {}, ETIMEDOUT}};
    }
    take();
  }

  /// Waits until there is a connection: what comes first may be for an earlier guest.
  void wait_for_connection() {
    while (!connected_) wait();
  }

  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  [[nodiscard]] std::uint64_t received() const { return received_; }

 private:
  [[nodiscard]] guest::PacketHeader header(std::uint16_t op, std::uint32_t length) const {
    return {.src = local_,
            .dst = peer_,
            .length = length,
            .op = op,
            .buf_alloc = receiver_buffer,
            .fwd_cnt = static_cast<std::uint32_t>(received_)};
  }

  void must_send(std::uint16_t op) {
    if (!guest_->stage(header(op, 0))) throw CommandFailed{{"a guest's ring is full", {}, 0}};
    told_ = received_;
    guest_->flush();
  }

  void handle(const guest::PacketHeader& header) {
    // The last of a connection of other guests with these CIDs.
    if (header.op != VIRTIO_VSOCK_OP_REQUEST && header.src != peer_) return;
    peer_buf_alloc_ = header.buf_alloc;
    peer_fwd_cnt_ = header.fwd_cnt;
    switch (header.op) {
      case VIRTIO_VSOCK_OP_REQUEST:
        peer_ = header.src;
        connected_ = true;
        must_send(VIRTIO_VSOCK_OP_RESPONSE);
        return;
      case VIRTIO_VSOCK_OP_RW:
        received_ += header.length;
        return;
      case VIRTIO_VSOCK_OP_CREDIT_REQUEST:
        must_send(VIRTIO_VSOCK_OP_CREDIT_UPDATE);
        return;
      case VIRTIO_VSOCK_OP_RESPONSE:
        connected_ = true;
        return;
      case VIRTIO_VSOCK_OP_CREDIT_UPDATE:
        return;
      default:
        throw CommandFailed{
            {fmt::format("guest {} hears operation {}", local_.cid, header.op), {}, 0}};
    }
  }

  std::unique_ptr<guest::UserspaceGuest> guest_;
  guest::Address local_;
  guest::Address peer_;
  bool connected_ = false;
  std::uint32_t peer_buf_alloc_ = 0;
  std::uint32_t peer_fwd_cnt_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
  /// What the peer knows of that.
  std::uint64_t told_ = 0;
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
    app.add_option("--packets", packets_, "how many to measure")->required();
    app.callback([this] { run(); });
  }

 private:
  void run() const {
    End receiver(to_, port_, packet_bytes_);
    // Another one each time, so that nobody takes the connection for the one before.
    const auto sender_port = 10000U + static_cast<std::uint32_t>(::getpid());
    End sender(from_, sender_port, packet_bytes_);
    sender.dial(peer_);
    receiver.wait_for_connection();
    sender.wait_for_connection();

    // What happens once only, page faults for example, is not part of a packet's cost.
    transfer(sender, receiver, packets_ / 4);
    const auto start = Clock::now();
    transfer(sender, receiver, packets_);
    const std::chrono::duration<double, std::nano> elapsed = Clock::now() - start;
    fmt::print("{:.1f}\n", elapsed.count() / packets_);
  }

  void transfer(End& sender, End& receiver, std::uint32_t packets) const {
    const auto end = sender.sent() + std::uint64_t{packets} * packet_bytes_;
    while (receiver.received() < end) {
      while (sender.sent() < end && sender.send_data(packet_bytes_)) {
      }
      sender.flush();
      // Something is on its way to one of them: data, or credit.
      (receiver.received() < sender.sent() ? receiver : sender).wait();
      sender.take();
    }
  }

  Cid from_ = 0;
  Cid to_ = 0;
  guest::Address peer_;
  std::uint32_t port_ = 0;
  std::uint32_t packet_bytes_ = 0;
  std::uint32_t packets_ = 0;
};

}  // namespace
}  // namespace vsockfwd::programs

int main(int argc, char** argv) {
  CLI::App app("Prints the nanoseconds that a packet takes from one guest to another.");
  const vsockfwd::programs::GuestToGuest measure(app);
  return vsockfwd::programs::run_program(app, argc, argv);
}
