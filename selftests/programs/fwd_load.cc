// SPDX-License-Identifier: GPL-2.0
// Gives the module much to do: many rules, or callers that wait for each other.
#include <fmt/format.h>
#include <signal.h>
#include <sys/time.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <future>
#include <thread>
#include <utility>
#include <vector>

#include "common/program.h"
#include "guest/failure.h"
#include "lib/cid.h"
#include "lib/fwd_device.h"

namespace vsockfwd::programs {
namespace {

FwdDevice open_device() {
  return value_or_fail(FwdDevice::open(VHOST_VSOCK_FWD_DEVICE));
}

/// Adds rules that stay.
class FillCommand {
 public:
  explicit FillCommand(CLI::App& app) {
    auto& command = *app.add_subcommand("fill", "add rules that stay, for guests in a row");
    command.add_option("--guest", first_guest_, "the first guest")->required()->option_text("CID");
    command.add_option("--count", count_, "how many rules")->required()->option_text("N");
    command.callback([this] { run(); });
  }

 private:
  void run() const {
    const auto device = open_device();
    for (std::uint32_t i = 0; i < count_; ++i) {
      const auto added = device.rule_add({.guest_cid = first_guest_ + i, .persistent = true});
      if (added) continue;
      fmt::print("{} after {} rules\n", ::strerrorname_np(added.error().code), i);
      throw CLI::RuntimeError(1);
    }
    fmt::print("{} rules added\n", count_);
  }

  Cid first_guest_ = 0;
  std::uint32_t count_ = 0;
};

/// Adds and deletes rules without a break.
class HammerCommand {
 public:
  explicit HammerCommand(CLI::App& app) {
    auto& command = *app.add_subcommand("hammer", "add and delete rules without a break");
    command.add_option("--guest", first_guest_, "the guest of the first thread; each has its own")
        ->required()
        ->option_text("CID");
    command.add_option("--pairs", pairs_, "how often each thread adds and deletes its rule")
        ->required()
        ->option_text("N");
    command.add_option("--threads", threads_)->option_text("N (default: 1)");
    command.callback([this] { run(); });
  }

 private:
  void run() const {
    std::vector<std::future<Result<void>>> hammers;
    for (Cid i = 0; i < threads_; ++i) {
      hammers.push_back(std::async(std::launch::async, [this, guest = first_guest_ + i] {
        return hammer(open_device(), guest);
      }));
    }
    for (auto& done : hammers) value_or_fail(done.get());
    fmt::print("{} rules added and deleted\n", std::uint64_t{threads_} * pairs_);
  }

  [[nodiscard]] Result<void> hammer(const FwdDevice& device, Cid guest) const {
    for (std::uint32_t i = 0; i < pairs_; ++i) {
      const auto done =
          device.rule_add({.guest_cid = guest}).and_then([&] { return device.rule_del(guest); });
      if (!done) return done;
    }
    return {};
  }

  Cid first_guest_ = 0;
  std::uint32_t pairs_ = 0;
  std::uint32_t threads_ = 1;
};

/// Waits for the module while another thread keeps it busy, and is interrupted by a signal.
class InterruptCommand {
 public:
  explicit InterruptCommand(CLI::App& app) {
    auto& command = *app.add_subcommand(
        "interrupt", "be interrupted by a signal while another thread keeps the module busy");
    command
        .add_option("--guest", guest_, "whose rule to add and delete meanwhile; it must have none")
        ->required()
        ->option_text("CID");
    command.add_option("--timeout", timeout_.value)->option_text("SECONDS (default: 30)");
    command.callback([this] { run(); });
  }

 private:
  void run() const {
    const Deadline deadline = Clock::now() + timeout_.milliseconds();
    std::atomic<bool> done = false;
    // The first rule and the last take long: the hooks come and go with them.
    std::jthread busy([this, &done, device = open_device()] {
      sigset_t alarm;
      ::sigemptyset(&alarm);
      ::sigaddset(&alarm, SIGALRM);
      ::pthread_sigmask(SIG_BLOCK, &alarm, nullptr);
      while (!done && device.rule_add({.guest_cid = guest_}) && device.rule_del(guest_)) {
      }
    });
    int code = 0;
    {
      const auto device = open_device();
      send_alarms(true);
      while (code != EINTR && Clock::now() < deadline) {
        const auto info = device.info();
        code = info ? 0 : info.error().code;
      }
      send_alarms(false);
    }
    done = true;
    fmt::print("{}\n", code == 0 ? "never interrupted" : ::strerrorname_np(code));
    if (code != EINTR) throw CLI::RuntimeError(1);
  }

  static void send_alarms(bool wanted) {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(SIGALRM, &action, nullptr);
    const timeval interval{.tv_sec = 0, .tv_usec = wanted ? 1000 : 0};
    const itimerval timer{.it_interval = interval, .it_value = interval};
    ::setitimer(ITIMER_REAL, &timer, nullptr);
  }

  Cid guest_ = 0;
  Seconds timeout_{30};
};

}  // namespace
}  // namespace vsockfwd::programs

int main(int argc, char** argv) {
  using namespace vsockfwd::programs;
  CLI::App app("Gives the module much to do.");
  const FillCommand fill(app);
  const HammerCommand hammer(app);
  const InterruptCommand interrupt(app);
  return run_program(app, argc, argv);
}
