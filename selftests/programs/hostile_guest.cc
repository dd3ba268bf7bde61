// SPDX-License-Identifier: GPL-2.0
// Guests in userspace that send whatever they like, as fast as it goes, and look at everything that
// they get: none may hear what is not for it.
//
// The rules are the caller's. What a guest sends follows from the seed alone; how the guests mix
// does not.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/number.h"
#include "common/packet_text.h"
#include "common/program.h"
#include "guest/userspace_guest.h"
#include "hostile/hearing.h"
#include "hostile/host_side.h"
#include "hostile/packet_source.h"
#include "lib/cid.h"

namespace vsockfwd::programs {
namespace {

using guest::UserspaceGuest;

constexpr std::uint16_t ring_size = 512;
constexpr std::uint32_t payload_capacity = 1024;
constexpr std::uint64_t batch_max = 128;

/// The descriptors of broken packets are lost. A guest that has lost so many boots again.
constexpr std::uint16_t lost_max = ring_size / 8;

/// Whose packets are not taken for so long does not get on at all.
constexpr auto stall = std::chrono::seconds(60);

/// What all threads know.
class Judge {
 public:
  /// Ends everything.
  void report(std::string fault) {
    const std::scoped_lock lock(mutex_);
    faults_.push_back(std::move(fault));
    over_ = true;
  }

  [[nodiscard]] bool over() const { return over_; }

  [[nodiscard]] std::vector<std::string> faults() const {
    const std::scoped_lock lock(mutex_);
    return faults_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> faults_;
  std::atomic<bool> over_ = false;
};

/// Packets that are left to send, for all attackers.
class Budget {
 public:
  explicit Budget(std::uint64_t packets) : left_(packets) {}

  /// Takes `wanted` packets, or what is left.
  std::uint64_t take(std::uint64_t wanted) {
    const std::scoped_lock lock(mutex_);
    const auto taken = std::min(wanted, left_);
    left_ -= taken;
    return taken;
  }

 private:
  std::mutex mutex_;
  std::uint64_t left_;
};

/// A guest of the scene, as the command line has it.
struct Role {
  Cid self = 0;
  /// Who its rule makes its parent; 0 without a rule.
  Cid parent = 0;
};

/// CID or CID:PARENT.
Role parse_role(const std::string& text) {
  const auto colon = std::min(text.find(':'), text.size());
  Role role{.self = value_or_fail(parse_number<Cid>(text.substr(0, colon)))};
  if (colon < text.size()) role.parent = value_or_fail(parse_number<Cid>(text.substr(colon + 1)));
  return role;
}

/// A guest that sends what it likes.
class Attacker {
 public:
  Attacker(Hearing hearing, const PacketSource& source, Judge& judge)
      : hearing_(std::move(hearing)), source_(source), judge_(judge) {
    boot();
  }

  void run(Budget& budget) {
    Random mood(hearing_.self);
    while (const auto batch = judge_.over() ? 0 : budget.take(1 + mood.below(batch_max))) {
      for (std::uint64_t i = 0; i < batch; ++i) send(source_.next());
      guest_->flush();
      // Often it leaves the host waiting, which then has to keep what it has for the guest.
      if (mood.once_in(4)) listen();
      if (lost_ > lost_max) reboot();
    }
    if (!judge_.over()) settle();
  }

  [[nodiscard]] Cid self() const { return static_cast<Cid>(hearing_.self); }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  [[nodiscard]] std::uint64_t received() const { return received_; }
  [[nodiscard]] std::uint64_t boots() const { return boots_; }

 private:
  void boot() {
    guest_ = value_or_fail(UserspaceGuest::create(
        {.cid = self(), .ring_size = ring_size, .payload_capacity = payload_capacity}));
    lost_ = 0;
    ++boots_;
  }

  void reboot() {
    settle();
    guest_.reset();
    boot();
  }

  void send(const HostilePacket& packet) {
    const auto& source = is_forged(packet.header) ? forged_payload_ : payload_;
    const auto payload = std::span(source).first(packet.payload);
    while (!guest_->stage(packet.header, payload, packet.layout)) {
      guest_->flush();
      listen();
      if (!value_or_fail(guest_->wait(Clock::now() + stall))) {
        judge_.report(fmt::format("guest {}: nobody takes its packets", self()));
      }
      if (judge_.over()) return;
    }
    if (packet.broken) lost_ = static_cast<std::uint16_t>(lost_ + 2);
    ++sent_;
  }

  /// Whether a packet claims to be from somebody else, or is for nobody whom the guest may talk to.
  [[nodiscard]] bool is_forged(const guest::PacketHeader& header) const {
    return header.src.cid != hearing_.self || !hearing_.senders.contains(header.dst.cid);
  }

  void listen() {
    while (const auto packet = guest_->take()) {
      ++received_;
      const auto fault = hearing_.fault(*packet);
      if (!fault.empty()) {
        judge_.report(
            fmt::format("guest {}: a packet {}: {}", self(), fault, to_text(packet->header)));
      }
      guest_->give_back(*packet);
    }
    guest_->flush();
  }

  /// Waits until everything that the guest has sent was looked at.
  void settle() {
    const auto end = Clock::now() + stall;
    listen();
    while (guest_->unsent() > lost_) {
      if (Clock::now() > end) {
        judge_.report(fmt::format("guest {}: nobody takes its last packets", self()));
        return;
      }
      value_or_fail(guest_->wait(Clock::now() + Milliseconds(10)));
      listen();
    }
  }

  Hearing hearing_;
  PacketSource source_;
  Judge& judge_;
  std::vector<std::byte> payload_ =
      std::vector<std::byte>(payload_capacity, stamp_of(hearing_.self));
  std::vector<std::byte> forged_payload_ = std::vector<std::byte>(payload_capacity, forged_stamp);
  std::unique_ptr<UserspaceGuest> guest_;
  /// Descriptors that the device may never give back.
  std::uint16_t lost_ = 0;
  std::atomic<std::uint64_t> sent_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t boots_ = 0;
};

/// The hostile guests, those that keep silent, and the host.
class Scene {
 public:
  Scene(const std::vector<Role>& hostile, const std::vector<Cid>& silent,
        const std::set<std::uint32_t>& closed_ports, std::uint64_t seed)
      : host_(value_or_fail(HostSide::create(cids_of(hostile), seed))) {
    for (const auto& role : hostile) {
      attackers_.push_back(std::make_unique<Attacker>(
          hearing_of(role, hostile, closed_ports),
          PacketSource(neighbourhood_of(role, hostile, silent), seed, payload_capacity), judge_));
    }
    for (const auto cid : silent) {
      silent_.push_back(value_or_fail(UserspaceGuest::create({.cid = cid})));
    }
  }

  /// Lets the attackers send so many packets between them.
  void run(std::uint64_t packets) {
    Budget budget(packets);
    std::atomic<std::size_t> busy = attackers_.size();
    std::vector<std::jthread> threads;
    for (auto& attacker : attackers_) {
      threads.emplace_back([&] {
        guarded([&] { attacker->run(budget); });
        --busy;
      });
    }
    guarded([&] { watch(packets, busy); });
    threads.clear();
    for (auto& guest : silent_) {
      if (const auto packet = guest->take()) {
        judge_.report(fmt::format("guest {} kept silent, and got a packet: {}", guest->cid(),
                                  to_text(packet->header)));
      }
    }
  }

  [[nodiscard]] std::vector<std::string> faults() const { return judge_.faults(); }

  [[nodiscard]] std::uint64_t sent() const {
    std::uint64_t sum = 0;
    for (const auto& attacker : attackers_) sum += attacker->sent();
    return sum;
  }

  /// "NAME": VALUE, ... as in JSON.
  [[nodiscard]] std::string summary() const {
    std::string guests;
    for (const auto& attacker : attackers_) {
      guests += fmt::format(R"({}{{"cid": {}, "sent": {}, "received": {}, "boots": {}}})",
                            guests.empty() ? "" : ", ", attacker->self(), attacker->sent(),
                            attacker->received(), attacker->boots());
    }
    return fmt::format(R"("guests": [{}], "host": {{"accepted": {}, "dialled": {}, "bytes": {}}})",
                       guests, host_.accepted(), host_.dialled(), host_.bytes());
  }

 private:
  static std::vector<Cid> cids_of(const std::vector<Role>& roles) {
    std::vector<Cid> cids;
    for (const auto& role : roles) cids.push_back(role.self);
    return cids;
  }

  static Hearing hearing_of(const Role& role, const std::vector<Role>& hostile,
                            const std::set<std::uint32_t>& closed_ports) {
    Hearing hearing{
        .self = role.self, .senders = {{host_cid, host_cid}}, .closed_ports = closed_ports};
    if (role.parent != 0) hearing.senders[parent_cid] = role.parent;
    for (const auto& other : hostile) {
      if (other.parent == role.self) hearing.senders[other.self] = other.self;
    }
    return hearing;
  }

  static Neighbourhood neighbourhood_of(const Role& role, const std::vector<Role>& hostile,
                                        const std::vector<Cid>& silent) {
    Neighbourhood neighbourhood{
        .self = role.self, .partners = {}, .strangers = {silent.begin(), silent.end()}};
    const auto hearing = hearing_of(role, hostile, {});
    for (const auto& [cid, sender] : hearing.senders) neighbourhood.partners.push_back(cid);
    for (const auto& other : hostile) {
      if (!hearing.senders.contains(other.self)) neighbourhood.strangers.push_back(other.self);
    }
    return neighbourhood;
  }

  /// Works for the host, and tells how far it is, until all attackers are done.
  void watch(std::uint64_t packets, const std::atomic<std::size_t>& busy) {
    constexpr auto interval = std::chrono::seconds(10);
    const auto start = Clock::now();
    auto next_report = start + interval;
    while (busy > 0) {
      auto fault = host_.work();
      if (!fault.empty()) judge_.report(std::move(fault));
      std::this_thread::sleep_for(Milliseconds(5));
      if (Clock::now() < next_report) continue;
      next_report += interval;
      const std::chrono::duration<double> elapsed = Clock::now() - start;
      fmt::print(stderr, "{} of {} packets, {:.0f} a second\n", sent(), packets,
                 static_cast<double>(sent()) / elapsed.count());
    }
  }

  /// An exception in one thread ends them all.
  template <typename Work>
  void guarded(const Work& work) {
    try {
      work();
    } catch (const CommandFailed& failed) {
      judge_.report(failed.error.message);
    } catch (const std::exception& failed) {
      judge_.report(failed.what());
    }
  }

  Judge judge_;
  HostSide host_;
  std::vector<std::unique_ptr<Attacker>> attackers_;
  std::vector<std::unique_ptr<UserspaceGuest>> silent_;
};

class AttackCommand {
 public:
  explicit AttackCommand(CLI::App& app) {
    auto& command = *app.add_subcommand("attack", "send, and look at all that comes back");
    command.add_option("--hostile", hostile_, "a guest that sends; PARENT if it has a rule")
        ->required()
        ->option_text("CID[:PARENT]...");
    command.add_option("--silent", silent_, "a guest that sends nothing, and may get nothing")
        ->option_text("CID...");
    command.add_option("--closed-port", closed_ports_, "a port that rules deny between guests")
        ->option_text("PORT...");
    command.add_option("--packets", packets_, "how many to send")->required()->option_text("N");
    command.add_option("--seed", seed_, "what the packets follow from")
        ->option_text("N (default: another one each time)");
    command.callback([this] { run(); });
  }

 private:
  void run() const {
    fmt::print(stderr, "seed {}\n", seed_);
    std::vector<Role> hostile;
    for (const auto& text : hostile_) hostile.push_back(parse_role(text));
    Scene scene(hostile, silent_, {closed_ports_.begin(), closed_ports_.end()}, seed_);

    const auto start = Clock::now();
    scene.run(packets_);
    const std::chrono::duration<double> elapsed = Clock::now() - start;

    fmt::print("{{\"seed\": {}, \"packets\": {}, \"seconds\": {:.1f}, {}}}\n", seed_, scene.sent(),
               elapsed.count(), scene.summary());
    const auto faults = scene.faults();
    for (const auto& fault : faults) fmt::print(stderr, "fault: {}\n", fault);
    if (!faults.empty()) throw CLI::RuntimeError(1);
  }

  std::vector<std::string> hostile_;
  std::vector<Cid> silent_;
  std::vector<std::uint32_t> closed_ports_;
  std::uint64_t packets_ = 0;
  std::uint64_t seed_ = std::random_device()();
};

}  // namespace
}  // namespace vsockfwd::programs

int main(int argc, char** argv) {
  using namespace vsockfwd::programs;
  CLI::App app("Plays hostile virtio-vsock guests on /dev/vhost-vsock, without virtual machines.");
  const AttackCommand attack(app);
  return run_program(app, argc, argv);
}
