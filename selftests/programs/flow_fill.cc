// SPDX-License-Identifier: GPL-2.0
// Holds many connections that the module has to remember: those of ruled guests with the host's own
// CID.
#include <fmt/format.h>
#include <linux/vm_sockets.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/program.h"
#include "guest/failure.h"
#include "guest/userspace_guest.h"
#include "lib/cid.h"
#include "lib/unique_fd.h"

namespace vsockfwd::programs {
namespace {

constexpr std::uint32_t host_port = 7000;
constexpr std::uint32_t first_guest_port = 10000;
/// As many as the listener has room for, beside those of the guest before.
constexpr std::uint32_t batch = 64;
constexpr auto patience = std::chrono::seconds(30);

Result<UniqueFd> listen_on_host() {
  UniqueFd fd(::socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_vm address{};
  address.svm_family = AF_VSOCK;
  address.svm_cid = VMADDR_CID_ANY;
  address.svm_port = host_port;
  if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) < 0 ||
      ::listen(fd.get(), batch) < 0) {
    return errno_failure("cannot listen on the host", errno);
  }
  return fd;
}

void allow_descriptors(std::uint64_t count) {
  const rlimit limit{count, count};
  if (::setrlimit(RLIMIT_NOFILE, &limit) < 0) {
    throw CommandFailed{{fmt::format("cannot have {} descriptors", count), {}, errno}};
  }
}

class FlowFill {
 public:
  explicit FlowFill(CLI::App& app) {
    app.add_option("--guest", first_guest_, "the first guest; each needs a rule")
        ->required()
        ->option_text("CID");
    app.add_option("--guests", guests_count_, "how many guests")->required()->option_text("N");
    app.add_option("--flows", flows_, "how many connections each of them has, at most 4096")
        ->required()
        ->option_text("N");
    ready_file_.add_to(app);
    app.callback([this] { run(); });
  }

 private:
  void run() {
    allow_descriptors(std::uint64_t{guests_count_} * (flows_ + 16) + 64);
    listener_ = value_or_fail(listen_on_host());
    for (std::uint32_t i = 0; i < guests_count_; ++i) {
      guests_.push_back(value_or_fail(guest::UserspaceGuest::create(
          {.cid = first_guest_ + i, .ring_size = 2 * batch, .payload_capacity = 64})));
      connect_all(*guests_.back());
    }
    value_or_fail(ready_file_.make());
    ::pause();
  }

  void connect_all(guest::UserspaceGuest& guest) {
    for (std::uint32_t done = 0; done < flows_;) {
      const auto count = std::min(batch, flows_ - done);
      for (std::uint32_t i = 0; i < count; ++i) {
        request(guest, first_guest_port + done + i);
      }
      for (std::uint32_t i = 0; i < count; ++i) await_response(guest);
      for (std::uint32_t i = 0; i < count; ++i) accept_one();
      done += count;
    }
  }

  static void request(guest::UserspaceGuest& guest, std::uint32_t port) {
    const guest::PacketHeader header{
        .src = {guest.cid(), port},
        .dst = {host_cid, host_port},
        .op = VIRTIO_VSOCK_OP_REQUEST,
        .buf_alloc = 65536,
    };
    if (!guest.stage(header)) throw CommandFailed{{"the guest's ring is full", {}, 0}};
  }

  static void await_response(guest::UserspaceGuest& guest) {
    for (;;) {
      if (const auto packet = guest.take()) {
        const auto op = packet->header.op;
        guest.give_back(*packet);
        if (op == VIRTIO_VSOCK_OP_RESPONSE) return;
        throw CommandFailed{{fmt::format("the host answers with operation {}", op), {}, 0}};
      }
      if (!value_or_fail(guest.wait(Clock::now() + patience))) {
        throw CommandFailed{{"the host does not answer", {}, ETIMEDOUT}};
      }
    }
  }

  void accept_one() {
    UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) throw CommandFailed{{"cannot accept a connection", {}, errno}};
    connections_.push_back(std::move(connection));
  }

  Cid first_guest_ = 0;
  std::uint32_t guests_count_ = 0;
  std::uint32_t flows_ = 0;
  ReadyFile ready_file_;
  UniqueFd listener_;
  std::vector<std::unique_ptr<guest::UserspaceGuest>> guests_;
  std::vector<UniqueFd> connections_;
};

}  // namespace
}  // namespace vsockfwd::programs

int main(int argc, char** argv) {
  CLI::App app("Opens connections of guests with the host's own CID, and holds them until killed.");
  const vsockfwd::programs::FlowFill fill(app);
  return vsockfwd::programs::run_program(app, argc, argv);
}
