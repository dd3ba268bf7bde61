// SPDX-License-Identifier: GPL-2.0
// A virtio-vsock guest without a virtual machine: what a guest may send and receive, packet by
// packet.
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "common/guest_channel.h"
#include "common/packet_text.h"
#include "common/pattern.h"
#include "common/program.h"
#include "common/traffic_options.h"
#include "guest/endpoint.h"
#include "guest/userspace_guest.h"
#include "lib/cid.h"

namespace vsockfwd::programs {
namespace {

using guest::Endpoint;
using guest::PacketHeader;
using guest::UserspaceGuest;

/// What all commands are told about the guest.
class GuestOptions {
 public:
  explicit GuestOptions(CLI::App& app) {
    app.add_option("--cid", options_.cid, "the guest's own CID")->required()->option_text("CID");
    app.add_option("--expect-src", expected_source_,
                   "fail if any packet that the guest receives has another source")
        ->option_text("CID");
  }

  [[nodiscard]] Cid cid() const { return options_.cid; }

  [[nodiscard]] std::unique_ptr<UserspaceGuest> start() const {
    return value_or_fail(UserspaceGuest::create(options_));
  }

  /// Takes a look at a packet that the guest received.
  void check(const PacketHeader& header) const {
    if (expected_source_ == 0 || header.src.cid == expected_source_) return;
    throw CommandFailed{{.message = fmt::format("received a packet that is not from {}: {}",
                                                expected_source_, to_text(header)),
                         .hint = {}}};
  }

  /// The stack of an honest guest.
  [[nodiscard]] std::unique_ptr<Endpoint> make_endpoint(UserspaceGuest& device) const {
    return std::make_unique<Endpoint>(device,
                                      [this](const PacketHeader& header) { check(header); });
  }

 private:
  guest::GuestOptions options_;
  std::uint64_t expected_source_ = 0;
};

class ConnectCommand {
 public:
  ConnectCommand(CLI::App& app, const GuestOptions& guest) : guest_(guest) {
    auto& command = *app.add_subcommand("connect", "open connections, one after the other");
    command.add_option("--dst", destination_, "whom to connect to")
        ->required()
        ->option_text("CID:PORT");
    options_.add_to(command);
    options_.add_amount_to(command);
    command.callback([this] { run(); });
  }

 private:
  void run() {
    const auto peer = value_or_fail(parse_packet("dst=" + destination_, {})).dst;
    const auto device = guest_.start();
    const auto endpoint = guest_.make_endpoint(*device);
    for (std::uint32_t i = 0; i < options_.connections(); ++i) {
      auto connection = value_or_fail(
          endpoint->connect(options_.type(), peer, Clock::now() + options_.timeout()));
      GuestChannel channel(*endpoint, std::move(connection), options_.timeout());
      value_or_fail(options_.run_as_client(channel));
      value_or_fail(channel.close());
    }
  }

  const GuestOptions& guest_;
  std::string destination_;
  TrafficOptions options_;
};

class AcceptCommand {
 public:
  AcceptCommand(CLI::App& app, const GuestOptions& guest) : guest_(guest) {
    auto& command = *app.add_subcommand("accept", "take connections, one after the other");
    command.add_option("--port", port_)->required()->option_text("PORT");
    options_.add_to(command);
    ready_file_.add_to(command);
    command.callback([this] { run(); });
  }

 private:
  void run() {
    const auto device = guest_.start();
    const auto endpoint = guest_.make_endpoint(*device);
    endpoint->listen(options_.type(), port_);
    value_or_fail(ready_file_.make());
    for (std::uint32_t i = 0; i < options_.connections(); ++i) {
      auto connection = value_or_fail(endpoint->accept(Clock::now() + options_.timeout()));
      GuestChannel channel(*endpoint, std::move(connection), options_.timeout());
      value_or_fail(options_.run_as_server(channel));
      value_or_fail(channel.close());
    }
  }

  const GuestOptions& guest_;
  std::uint32_t port_ = 0;
  TrafficOptions options_;
  ReadyFile ready_file_;
};

/// What the fields of a packet are that the command line does not mention.
PacketHeader default_packet(Cid guest_cid) {
  constexpr std::uint32_t any_port = 1234;
  return {.src = {.cid = guest_cid, .port = any_port},
          .buf_alloc = guest::Connection::default_buffer_size};
}

class RawCommand {
 public:
  RawCommand(CLI::App& app, const GuestOptions& guest) : guest_(guest) {
    auto& command = *app.add_subcommand(
        "raw",
        "send packets as they are, then print those that come back; answer nothing.\n"
        "PACKET is FIELD=VALUE,..., as in op=REQUEST,dst=3:9000; the fields are op, src, dst,\n"
        "type, len, flags, buf_alloc and fwd_cnt, and src is the guest's own unless given");
    command.add_option("packets", packets_, "what to send")->option_text("PACKET...");
    command.add_option("--seconds", duration_.value, "how long to look at what comes")
        ->option_text("SECONDS (default: 2)");
    command.add_option("--count", count_, "look at so many packets, and no longer")
        ->option_text("N");
    command.add_flag("--reply", reply_, "send only after a packet has come");
    command.add_option("--split", layout_.first, "bytes of each packet in its first descriptor")
        ->option_text("BYTES (default: all)");
    command.add_option("--truncate", layout_.total, "bytes of each packet in descriptors at all")
        ->option_text("BYTES (default: all)");
    ready_file_.add_to(command);
    command.callback([this] { run(); });
  }

 private:
  void run() {
    std::vector<PacketHeader> headers;
    headers.reserve(packets_.size());
    for (const auto& packet : packets_) {
      headers.push_back(value_or_fail(parse_packet(packet, default_packet(guest_.cid()))));
    }
    const auto device = guest_.start();
    if (reply_) {
      value_or_fail(ready_file_.make());
      value_or_fail(device->wait(Clock::now() + duration_.milliseconds()));
      print_what_came(*device);
    }
    for (const auto& header : headers) send(*device, header);
    device->flush();
    value_or_fail(ready_file_.make());
    print_received(*device);
  }

  void send(UserspaceGuest& device, const PacketHeader& header) {
    std::vector<std::byte> payload(std::min(header.length, device.payload_capacity()));
    Pattern(0).fill(0, payload);
    while (!device.stage(header, payload, layout_)) {
      device.flush();
      // A device does not listen to a guest that does not take its answers.
      print_what_came(device);
      if (!value_or_fail(device.wait(Clock::now() + std::chrono::seconds(1)))) {
        throw CommandFailed{{.message = "the device takes no more packets", .hint = {}}};
      }
    }
  }

  [[nodiscard]] bool has_enough() const { return count_ != 0 && received_ == count_; }

  void print_what_came(UserspaceGuest& device) {
    while (const auto packet = has_enough() ? std::nullopt : device.take()) {
      fmt::print("{}\n", to_text(packet->header));
      guest_.check(packet->header);
      device.give_back(*packet);
      ++received_;
    }
  }

  void print_received(UserspaceGuest& device) {
    const auto end = Clock::now() + duration_.milliseconds();
    do {
      print_what_came(device);
    } while (!has_enough() && value_or_fail(device.wait(end)));
  }

  const GuestOptions& guest_;
  std::vector<std::string> packets_;
  Seconds duration_{2};
  std::uint64_t count_ = 0;
  std::uint64_t received_ = 0;
  bool reply_ = false;
  guest::Layout layout_;
  ReadyFile ready_file_;
};

class FloodCommand {
 public:
  FloodCommand(CLI::App& app, const GuestOptions& guest) : guest_(guest) {
    auto& command = *app.add_subcommand(
        "flood", "send a packet (as in raw) as often as it goes, each from another port");
    command.add_option("packet", packet_)->required()->option_text("PACKET");
    command.add_option("--seconds", duration_.value)->option_text("SECONDS (default: 2)");
    command.callback([this] { run(); });
  }

 private:
  void run() {
    auto header = value_or_fail(parse_packet(packet_, default_packet(guest_.cid())));
    const auto device = guest_.start();
    const std::vector<std::byte> payload(std::min(header.length, device->payload_capacity()));
    const auto end = Clock::now() + duration_.milliseconds();
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    while (Clock::now() < end) {
      for (; device->stage(header, payload); ++sent) ++header.src.port;
      received += discard_received(*device);
      value_or_fail(device->wait(end));
    }
    fmt::print("sent {} received {}\n", sent, received);
  }

  std::uint64_t discard_received(UserspaceGuest& device) const {
    std::uint64_t received = 0;
    for (; const auto packet = device.take(); ++received) {
      guest_.check(packet->header);
      device.give_back(*packet);
    }
    return received;
  }

  const GuestOptions& guest_;
  std::string packet_;
  Seconds duration_{2};
};

}  // namespace
}  // namespace vsockfwd::programs

int main(int argc, char** argv) {
  using namespace vsockfwd::programs;
  CLI::App app("Plays a virtio-vsock guest on /dev/vhost-vsock, without a virtual machine.");
  const GuestOptions guest(app);
  const ConnectCommand connect(app, guest);
  const AcceptCommand accept(app, guest);
  const RawCommand raw(app, guest);
  const FloodCommand flood(app, guest);
  return run_program(app, argc, argv);
}
