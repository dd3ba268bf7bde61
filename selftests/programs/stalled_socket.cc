// SPDX-License-Identifier: GPL-2.0
// Holds the lock of a vsock socket until it is killed: asks for an option whose value lies in
// memory that does not come.
#include <sys/socket.h>
// Needs what <sys/socket.h> declares.
#include <linux/vm_sockets.h>
#include <unistd.h>

#include <cstdint>
#include <thread>

#include "common/program.h"
#include "common/withheld_page.h"
#include "lib/cid.h"
#include "lib/unique_fd.h"

namespace vsockfwd::programs {
namespace {

class StalledSocket {
 public:
  explicit StalledSocket(CLI::App& app) {
    auto& connect = *app.add_subcommand("connect", "one that is connected");
    auto& listen = *app.add_subcommand("listen", "one that listens at any CID");
    auto& bind = *app.add_subcommand("bind", "one that somebody else is about to bind");
    for (auto* const command : {&connect, &bind}) command->add_option("--cid", cid_)->required();
    for (auto* const command : {&connect, &listen, &bind}) {
      command->add_option("--port", port_)->required();
      ready_file_.add_to(*command);
    }
    connect.callback([this] {
      attempt(::connect(socket_.get(), address(), size), "cannot connect");
      stall();
    });
    listen.callback([this] {
      attempt(::bind(socket_.get(), address(), size), "cannot bind");
      attempt(::listen(socket_.get(), 1), "cannot listen");
      stall();
    });
    bind.callback([this] {
      bind_late_ = true;
      stall();
    });
  }

 private:
  static constexpr socklen_t size = sizeof(sockaddr_vm);

  static void attempt(int result, const char* what) {
    if (result < 0) fail(what);
  }

  const sockaddr* address() {
    address_.svm_family = AF_VSOCK;
    address_.svm_cid = cid_;
    address_.svm_port = port_;
    return reinterpret_cast<const sockaddr*>(&address_);
  }

  /// Does not return.
  void stall() {
    const WithheldPage page;
    std::thread([&] {
      ::setsockopt(socket_.get(), AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, page.data(),
                   sizeof(std::uint64_t));
    }).detach();
    page.wait_for_reader();
    if (bind_late_) {
      std::thread([&] { ::bind(socket_.get(), address(), size); }).detach();
      // It cannot tell that it waits.
      ::sleep(1);
    }
    value_or_fail(ready_file_.make());
    while (true) ::pause();
  }

  UniqueFd socket_{::socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  Cid cid_ = any_cid;
  std::uint32_t port_ = 0;
  bool bind_late_ = false;
  sockaddr_vm address_{};
  ReadyFile ready_file_;
};

}  // namespace
}  // namespace vsockfwd::programs

int main(int argc, char** argv) {
  using namespace vsockfwd::programs;
  CLI::App app("Holds the lock of a vsock socket until it is killed.");
  const StalledSocket socket(app);
  return run_program(app, argc, argv);
}
