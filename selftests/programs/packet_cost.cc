// SPDX-License-Identifier: GPL-2.0
// Measures how long a packet takes between a userspace guest and a socket of the host, with both
// ends in one thread: what the clock shows is work, not waiting for another processor.
#include <fmt/format.h>
#include <linux/vm_sockets.h>
#include <sys/socket.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "guest/credit.h"
#include "guest/userspace_guest.h"
#include "lib/vsock_buffer.h"

namespace vsockfwd::guest {
namespace {

constexpr std::uint32_t first_guest_port = 4000;
constexpr std::uint32_t listening_port = 5000;
constexpr std::uint32_t closed_port = 5001;
constexpr std::uint32_t buffer_bytes = 8U << 20;
constexpr std::uint32_t batch_packets = 16;
constexpr std::uint16_t ring_size = 64;
constexpr auto patience = std::chrono::seconds(10);

template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

void must(bool done, std::string_view what) {
  if (!done) throw std::runtime_error(fmt::format("{} (errno: {})", what, std::strerror(errno)));
}

/// A socket of the host that waits for the guest. Its buffer holds whole batches, so that credit
/// never makes the guest wait in the middle of one.
UniqueFd listen_on_host() {
  UniqueFd fd(::socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0));
  must(fd.get() >= 0, "cannot make a vsock socket");
  must(set_vsock_buffer(fd.get(), buffer_bytes), "cannot set the size of the socket's buffer");
  sockaddr_vm address{};
  address.svm_family = AF_VSOCK;
  address.svm_cid = VMADDR_CID_ANY;
  address.svm_port = listening_port;
  must(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0,
       "cannot bind to the port");
  must(::listen(fd.get(), 1) == 0, "cannot listen");
  return fd;
}

/// Connections between a userspace guest and sockets of the host, one at a time.
class Path {
 public:
  Path(Cid cid, Cid peer, std::uint32_t bytes)
      : guest_(must(UserspaceGuest::create(
            {.cid = cid, .ring_size = ring_size, .payload_capacity = bytes}))),
        peer_(peer),
        data_(bytes * batch_packets),
        listener_(listen_on_host()) {
    connect();
  }

  /// Connections come and go; what they carry does not matter.
  void set_up(std::uint32_t connections, std::uint32_t /*bytes*/) {
    for (std::uint32_t i = 0; i < connections; i++) {
      close();
      guest_port_++;
      connect();
    }
  }

  /// The guest sends a batch of packets, the host reads what they carry.
  void guest_to_host(std::uint32_t packets, std::uint32_t bytes) {
    for (std::uint32_t i = 0; i < packets; i++) {
      send(VIRTIO_VSOCK_OP_RW, std::span(data_).first(bytes));
    }
    guest_->flush();
    for (std::size_t left = std::size_t{packets} * bytes; left > 0;) {
      const auto n = ::recv(host_.get(), data_.data(), left, 0);
      must(n > 0, "the host cannot read");
      left -= static_cast<std::size_t>(n);
    }
    take(VIRTIO_VSOCK_OP_CREDIT_UPDATE);
  }

  /// The host sends a batch of packets, the guest takes what they carry.
  void host_to_guest(std::uint32_t packets, std::uint32_t bytes) {
    for (std::uint32_t i = 0; i < packets; i++) {
      must(::send(host_.get(), data_.data(), bytes, MSG_NOSIGNAL) == bytes, "the host cannot send");
    }
    for (std::uint32_t left = packets * bytes; left > 0;) {
      left -= receive(VIRTIO_VSOCK_OP_RW, "the host's packets do not come");
    }
    if (received_.worth_telling()) send(VIRTIO_VSOCK_OP_CREDIT_UPDATE, {});
    guest_->flush();
  }

  /// Ends the connection on both sides. Otherwise the host would go on about it with the next guest
  /// that has this CID.
  void close() {
    host_.reset();
    receive(VIRTIO_VSOCK_OP_SHUTDOWN, "the host does not end the connection");
    send(VIRTIO_VSOCK_OP_RST, {});
    // Packets are handled in turn: with an answer to this one, the last one was read.
    send(VIRTIO_VSOCK_OP_REQUEST, {}, closed_port);
    receive(VIRTIO_VSOCK_OP_RST, "the host does not refuse a port on which nobody listens");
  }

 private:
  void connect() {
    received_ = ReceiveCredit(buffer_bytes);
    send(VIRTIO_VSOCK_OP_REQUEST, {});
    receive(VIRTIO_VSOCK_OP_RESPONSE, "nobody answers the guest's request");
    host_ = UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    must(host_.get() >= 0, "cannot accept the connection");

    // One wake-up for a batch, so that the figures do not depend on when the scheduler lets the
    // reader in between.
    const int low_water_mark = static_cast<int>(data_.size());
    must(::setsockopt(host_.get(), SOL_SOCKET, SO_RCVLOWAT, &low_water_mark,
                      sizeof(low_water_mark)) == 0,
         "cannot set the socket's low-water mark");
  }

  void send(std::uint16_t op, std::span<const std::byte> payload,
            std::uint32_t host_port = listening_port) {
    const PacketHeader header{
        .src = {guest_->cid(), guest_port_},
        .dst = {peer_, host_port},
        .length = static_cast<std::uint32_t>(payload.size()),
        .op = op,
        .buf_alloc = received_.buf_alloc(),
        .fwd_cnt = received_.fwd_cnt(),
    };
    must(guest_->stage(header, payload), "the guest's ring is full");
    received_.told();
  }

  /// Waits for packets of a kind; returns how many bytes those that are there carry.
  std::uint32_t receive(std::uint16_t op, std::string_view why_not) {
    for (;;) {
      must(must(guest_->wait(Clock::now() + patience)), why_not);
      if (const Taken taken = take(op); taken.packets > 0) return taken.bytes;
    }
  }

  struct Taken {
    std::uint32_t packets = 0;
    std::uint32_t bytes = 0;
  };

  /// Takes the packets that are there. All have to come from the peer and be of a kind; updates of
  /// the credit may come at any time, and do not count.
  Taken take(std::uint16_t op) {
    Taken taken;
    while (const auto packet = guest_->take()) {
      const PacketHeader& header = packet->header;
      if (header.src.cid != peer_ ||
          (header.op != op && header.op != VIRTIO_VSOCK_OP_CREDIT_UPDATE)) {
        throw std::runtime_error(fmt::format("expected operation {} from {}, got {} from {}", op,
                                             peer_, header.op, header.src.cid));
      }
      must(received_.receive(header.length), "more than the credit allows");
      received_.forward(header.length);
      taken.packets += header.op == op ? 1 : 0;
      taken.bytes += header.length;
      guest_->give_back(*packet);
    }
    return taken;
  }

  std::unique_ptr<UserspaceGuest> guest_;
  Cid peer_;
  std::vector<std::byte> data_;
  UniqueFd listener_;
  std::uint32_t guest_port_ = first_guest_port;
  ReceiveCredit received_{buffer_bytes};
  UniqueFd host_;
};

void run(int argc, char** argv) {
  Cid cid = 0;
  Cid peer = 0;
  std::string direction;
  std::uint32_t bytes = 0;
  std::uint32_t packets = 0;
  CLI::App app("Prints the nanoseconds that a packet takes, or a connection from start to end.");
  app.add_option("--cid", cid, "the guest's CID")->required();
  app.add_option("--peer", peer, "the CID that the guest knows the host by")->required();
  app.add_option("--direction", direction)
      ->required()
      ->check(CLI::IsMember({"guest-to-host", "host-to-guest", "set-up"}));
  app.add_option("--bytes", bytes, "payload of a packet")->required()->check(CLI::Range(1, 65536));
  app.add_option("--packets", packets, "how many to measure")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : 2);
  }

  Path path(cid, peer, bytes);
  const auto batch = direction == "guest-to-host"   ? &Path::guest_to_host
                     : direction == "host-to-guest" ? &Path::host_to_guest
                                                    : &Path::set_up;
  const std::uint32_t batches = std::max(1U, packets / batch_packets);
  const auto send_batches = [&](std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; i++) (path.*batch)(batch_packets, bytes);
  };

  // What happens once only, page faults for example, is not part of a packet's cost.
  send_batches(std::max(1U, batches / 4));
  const auto start = Clock::now();
  send_batches(batches);
  const std::chrono::duration<double, std::nano> elapsed = Clock::now() - start;
  path.close();
  fmt::print("{:.1f}\n", elapsed.count() / (batches * batch_packets));
}

}  // namespace
}  // namespace vsockfwd::guest

int main(int argc, char** argv) {
  try {
    vsockfwd::guest::run(argc, argv);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "packet_cost: {}\n", failure.what());
    return 1;
  }
  return 0;
}
