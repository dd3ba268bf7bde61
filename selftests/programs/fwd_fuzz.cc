// SPDX-License-Identifier: GPL-2.0
// Makes requests to the module that follow from a seed: well-formed, nearly, and not at all. Says
// what it answered. The kernel's log tells how it took that.
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <random>
#include <thread>
#include <vector>

#include "common/guarded_memory.h"
#include "common/program.h"
#include "common/random.h"
#include "fuzz/ioctl_fuzzer.h"
#include "fuzz/netlink_fuzzer.h"
#include "fuzz/tally.h"
#include "lib/cid.h"

namespace vsockfwd::programs {
namespace {

/// What both ways into the module have in common.
class FuzzOptions {
 public:
  void add_to(CLI::App& command) {
    command.add_option("--requests", requests_, "how many each thread makes")
        ->required()
        ->option_text("N");
    command.add_option("--threads", threads_)->option_text("N (default: 3)");
    command.add_option("--seed", seed_, "what the requests follow from")
        ->option_text("N (default: another one each time)");
  }

  /// Runs a fuzzer in each thread, and prints the summary. `make` gets a seed and the number of the
  /// thread.
  template <typename Make>
  void run(const Make& make) const {
    fmt::print(stderr, "seed {}\n", seed_);
    const auto start = Clock::now();
    std::vector<std::future<Tally>> threads;
    for (unsigned i = 0; i < threads_; ++i) {
      threads.push_back(std::async(std::launch::async, [&, i] {
        auto fuzzer = make(seed_ + i, i);
        for (std::uint64_t n = 0; n < requests_; ++n) fuzzer.step();
        return fuzzer.tally();
      }));
    }
    Tally sum;
    for (auto& thread : threads) sum.add(thread.get());
    const std::chrono::duration<double> elapsed = Clock::now() - start;
    fmt::print("{{\"seed\": {}, \"requests\": {}, \"seconds\": {:.1f}, \"answers\": {}}}\n", seed_,
               threads_ * requests_, elapsed.count(), sum.to_json());
  }

  [[nodiscard]] std::uint64_t seed() const { return seed_; }

 private:
  std::uint64_t requests_ = 0;
  unsigned threads_ = 3;
  std::uint64_t seed_ = std::random_device()();
};

class IoctlCommand {
 public:
  explicit IoctlCommand(CLI::App& app) {
    auto& command = *app.add_subcommand("ioctl", "on the device");
    options_.add_to(command);
    command.add_option("--guest", first_guest_, "CID of the guest that the first thread runs")
        ->required()
        ->option_text("CID");
    command.callback([this] { run(); });
  }

 private:
  void run() const {
    const std::vector<std::byte> zeros(shared_size);
    const auto shared = value_or_fail(GuardedMemory::create(zeros));
    const std::jthread writer([&](const std::stop_token& stop) { rewrite(shared.bytes(), stop); });
    options_.run([&](std::uint64_t seed, unsigned thread) {
      return IoctlFuzzer(seed, first_guest_ + thread, shared.bytes());
    });
  }

  /// Changes a request while the module reads it.
  void rewrite(std::span<std::byte> memory, const std::stop_token& stop) const {
    Random random(~options_.seed());
    while (!stop.stop_requested()) {
      auto* const word = reinterpret_cast<std::uint32_t*>(memory.data()) +
                         random.below(memory.size() / sizeof(std::uint32_t));
      const auto value = random.once_in(2) ? shared_size : random.below(64);
      std::atomic_ref(*word).store(static_cast<std::uint32_t>(value), std::memory_order_relaxed);
    }
  }

  /// Of the longest structure of the uapi.
  static constexpr std::size_t shared_size = 40;

  FuzzOptions options_;
  Cid first_guest_ = 0;
};

class NetlinkCommand {
 public:
  explicit NetlinkCommand(CLI::App& app) {
    auto& command = *app.add_subcommand("netlink", "by messages to the generic netlink family");
    options_.add_to(command);
    command.callback(
        [this] { options_.run([](std::uint64_t seed, unsigned) { return NetlinkFuzzer(seed); }); });
  }

 private:
  FuzzOptions options_;
};

}  // namespace
}  // namespace vsockfwd::programs

int main(int argc, char** argv) {
  using namespace vsockfwd::programs;
  CLI::App app("Makes requests of all kinds to the module.");
  const IoctlCommand ioctl(app);
  const NetlinkCommand netlink(app);
  return run_program(app, argc, argv);
}
