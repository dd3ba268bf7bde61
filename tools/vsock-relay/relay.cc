// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/relay.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>

#include "lib/log.h"
#include "vsock-relay/descriptor_budget.h"
#include "vsock-relay/pair_runner.h"
#include "vsock-relay/policy_check.h"
#include "vsock-relay/socket_supply.h"
#include "vsock-relay/worker.h"

namespace vsockfwd::relay {
namespace {

/// A pair and what works for it, as long as it has connections.
struct RunningPair {
  Pair config;
  PairSockets sockets;
  /// What Pair::from and Pair::to are called. Stays when the sockets go.
  std::array<std::vector<std::string>, 2> ends;
  std::shared_ptr<PairState> state;
  Worker* home = nullptr;
  /// Belongs to the thread of `home`. None if the pair takes no connections any more.
  std::unique_ptr<PairRunner> runner;
  /// No configuration names it any more.
  bool gone = false;
};

const End& end_of(const Pair& pair, unsigned side) {
  return side == 0 ? pair.from : pair.to;
}

const Listener* listener_of(const Pair& pair, unsigned side) {
  return std::get_if<Listener>(&end_of(pair, side));
}

/// Connections at once that the configuration allows.
std::uint32_t allowed_connections(const Config& config) {
  std::uint64_t sum = 0;
  for (const auto& pair : config.pairs) sum += pair.limits.max_connections;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, config.limits.max_connections));
}

/// Limits in total that this process can serve.
Limits servable_limits(const Config& config, const DescriptorBudget& budget) {
  const auto wanted = allowed_connections(config);
  const auto most = budget.connections();
  if (wanted > most) {
    log(Priority::warning,
        Error{fmt::format("descriptors are limited: at most {} connections at once, not {}", most,
                          wanted),
              "raise LimitNOFILE= of the service, or ulimit -n", 0});
  }
  Limits limits = config.limits;
  limits.max_connections = std::min(limits.max_connections, most);
  return limits;
}

/// Places to wait of each pair, if all are to have as many.
std::uint32_t places_to_wait(const Config& config, const DescriptorBudget& budget) {
  std::uint32_t rooms = 0;
  for (const auto& pair : config.pairs) rooms += waiting_rooms(pair);
  return std::max(1U, budget.waiting() / std::max(1U, rooms));
}

/// The standard library counts all processors, also those that this process may not use.
std::size_t usable_processors() {
  cpu_set_t set;
  // Fails on machines with more processors than the set has room for.
  if (::sched_getaffinity(0, sizeof(set), &set) < 0) {
    return std::max(1U, std::thread::hardware_concurrency());
  }
  return static_cast<std::size_t>(CPU_COUNT(&set));
}

std::size_t crew_size(const Config& config) {
  return config.workers != 0 ? config.workers : usable_processors();
}

/// Connections stay with the threads that they have.
void warn_if_crew_differs(const Config& config, std::size_t size) {
  const auto wanted = crew_size(config);
  if (wanted == size) return;
  log(Priority::warning, Error{fmt::format("the number of workers stays {}, not {}", size, wanted),
                               "restart the relay to change it", 0});
}

std::vector<std::string> describe_end(const RunningPair& pair, unsigned side) {
  std::vector<std::string> words;
  for (const auto& socket : pair.sockets[side]) words.push_back(describe(*socket));
  if (const auto* dialer = std::get_if<Dialer>(&end_of(pair.config, side))) {
    for (const auto& target : dialer->targets) words.push_back(format_address(target));
  }
  return words;
}

/// Whether the pair is to go on as it is.
bool keeps(const Config& config, const RunningPair& pair) {
  return !pair.gone && std::ranges::find(config.pairs, pair.config) != config.pairs.end();
}

/// Whether it has connections; those that are about to be joined count.
bool in_use(const RunningPair& pair) {
  return pair.state->gates.joined->own().inside() > 0;
}

void offer_sockets(const RunningPair& pair, SocketSupply& supply) {
  for (const unsigned side : {0U, 1U}) {
    const auto* listener = listener_of(pair.config, side);
    if (listener != nullptr) supply.offer(*listener, pair.sockets[side]);
  }
}

Result<PairSetup> prepare_pair(const Pair& config, SocketSupply& supply) {
  PairSetup prepared{.config = config, .filters = {}, .sockets = {}};
  for (const unsigned side : {0U, 1U}) {
    const auto* listener = listener_of(config, side);
    if (listener == nullptr) continue;
    auto filter = PeerFilter::make(listener->allow);
    if (!filter) return Failure(filter.error());
    prepared.filters[side] = std::move(*filter);
    auto sockets = supply.take(*listener);
    if (!sockets) return Failure(sockets.error());
    prepared.sockets[side] = std::move(*sockets);
  }
  if (auto fine = check_policies(config, prepared.sockets); !fine) return Failure(fine.error());
  return prepared;
}

PairStatus status_of(const RunningPair& pair) {
  PairStatus status;
  status.name = pair.config.name;
  status.gone = pair.gone;
  status.from = pair.ends[0];
  status.to = pair.ends[1];
  pair.home->run_here([&] {
    if (!pair.runner) return;
    status.waiting = pair.runner->waiting();
    status.at_limit = pair.runner->at_limit();
  });
  status.counters = pair.state->counters.sum();
  const auto& counters = status.counters;
  status.active = counters.joined - counters.closed - counters.reset - counters.timed_out;
  return status;
}

/// Ends the connections that are left when the time for draining is over.
class DrainTimer final : private Timer {
 public:
  DrainTimer(Crew& crew, const Admission& total) : crew_(crew), total_(total) {}
  DrainTimer(const DrainTimer&) = delete;
  DrainTimer& operator=(const DrainTimer&) = delete;
  ~DrainTimer() override {
    crew_[0].run_here([this] { crew_[0].loop().timers().disarm(*this); });
  }

  void arm(milliseconds time) {
    crew_[0].run_here([this, time] { crew_[0].loop().arm_after(*this, time); });
  }

  /// How many connections it has ended. May be asked by any thread.
  [[nodiscard]] std::size_t broken_off() const { return broken_off_; }

 private:
  void on_timer() override {
    broken_off_ = total_.inside();
    for (std::size_t i = 0; i < crew_.size(); ++i) {
      crew_[i].loop().post([&worker = crew_[i]] { worker.abort_all(); });
    }
  }

  Crew& crew_;
  const Admission& total_;
  std::atomic<std::size_t> broken_off_ = 0;
};

class RelayOfPairs final : public Relay {
 public:
  RelayOfPairs(const Config& config, InheritedSockets&& inherited);
  RelayOfPairs(const RelayOfPairs&) = delete;
  RelayOfPairs& operator=(const RelayOfPairs&) = delete;
  ~RelayOfPairs() override;

  Result<void> reload(Config config) override;
  void drain() override;
  [[nodiscard]] int drained_fd() const override { return drained_.get(); }
  [[nodiscard]] std::size_t broken_off() const override { return drain_timer_->broken_off(); }
  [[nodiscard]] std::vector<PairStatus> status() const override;
  void check_alive() override;

 private:
  void divide_descriptors(const Config& config);
  [[nodiscard]] Result<std::vector<PairSetup>> prepare(const Config& config) const;
  static void pause(RunningPair& pair);
  static void stop(RunningPair& pair);
  void run(PairSetup setup);

  InheritedSockets inherited_;
  std::shared_ptr<Admission> total_ = std::make_shared<Admission>(Limits{});
  UniqueFd drained_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::unique_ptr<Crew> crew_;
  std::unique_ptr<DrainTimer> drain_timer_;
  std::map<std::string, RunningPair> pairs_;
  std::size_t next_home_ = 0;
  std::size_t descriptors_at_start_ = 0;
  std::uint32_t places_to_wait_ = 0;
  milliseconds drain_time_{0};
  bool draining_ = false;
};

RelayOfPairs::RelayOfPairs(const Config& config, InheritedSockets&& inherited)
    : inherited_(std::move(inherited)),
      crew_(std::make_unique<Crew>(crew_size(config))),
      drain_timer_(std::make_unique<DrainTimer>(*crew_, *total_)) {
  if (!drained_) throw std::system_error(errno, std::generic_category(), "eventfd");
  descriptors_at_start_ = count_descriptors();
}

RelayOfPairs::~RelayOfPairs() {
  for (auto& [name, pair] : pairs_) stop(pair);
}

Result<void> RelayOfPairs::reload(Config config) {
  if (draining_) return Failure(Error{"the relay is about to end", {}, 0});
  auto prepared = prepare(config);
  if (!prepared) return Failure(prepared.error());

  // From here on, nothing fails.
  warn_if_crew_differs(config, crew_->size());
  divide_descriptors(config);
  drain_time_ = config.daemon.drain;
  for (std::size_t i = 0; i < crew_->size(); ++i) {
    (*crew_)[i].loop().post([&resolver = (*crew_)[i].resolver()] { resolver.reload(); });
  }
  // All pause before any starts: a socket may go from one to another.
  for (auto& [name, pair] : pairs_) {
    if (keeps(config, pair)) continue;
    pause(pair);
    pair.gone = true;
  }
  for (auto& pair : *prepared) run(std::move(pair));
  for (auto& [name, pair] : pairs_) {
    if (pair.gone) stop(pair);
  }
  std::erase_if(pairs_,
                [](const auto& entry) { return entry.second.gone && !in_use(entry.second); });
  return {};
}

void RelayOfPairs::divide_descriptors(const Config& config) {
  // A pair listens at two addresses at most, unless a name has more.
  const DescriptorBudget budget(descriptors_at_start_ + 2 * config.pairs.size());
  total_->set_limits(servable_limits(config, budget));
  places_to_wait_ = places_to_wait(config, budget);
  for (auto& [name, pair] : pairs_) pair.state->set_places_to_wait(places_to_wait_);
  // Those of pairs that are gone may come on top.
  const auto connections = allowed_connections(config) + total_->inside();
  const auto pipes_below = budget.pipes_below(connections);
  for (std::size_t i = 0; i < crew_->size(); ++i) {
    (*crew_)[i].loop().post(
        [&pool = (*crew_)[i].pool(), pipes_below] { pool.keep_pipes_below(pipes_below); });
  }
}

/// Everything that may fail, for all pairs that do not run as they should.
Result<std::vector<PairSetup>> RelayOfPairs::prepare(const Config& config) const {
  SocketSupply supply(inherited_);
  std::set<std::string> unchanged;
  for (const auto& [name, pair] : pairs_) {
    if (keeps(config, pair)) {
      unchanged.insert(name);
    } else if (!pair.gone) {
      offer_sockets(pair, supply);
    }
  }
  std::vector<PairSetup> prepared;
  for (const auto& pair : config.pairs) {
    if (unchanged.contains(pair.name)) continue;
    auto ready = prepare_pair(pair, supply);
    if (!ready) {
      supply.roll_back();
      return Failure(Error{fmt::format("pair {:?}: {}", pair.name, ready.error().message),
                           ready.error().hint, ready.error().code});
    }
    prepared.push_back(std::move(*ready));
  }
  return prepared;
}

void RelayOfPairs::run(PairSetup setup) {
  auto& pair = pairs_[setup.config.name];
  if (!pair.state) {
    pair.state = std::make_shared<PairState>(setup.config, crew_->size(), total_);
    pair.state->set_places_to_wait(places_to_wait_);
    pair.home = &(*crew_)[next_home_++ % crew_->size()];
  } else {
    pair.state->gates.set_limits(setup.config);
  }
  const bool goes_on = same_shape(pair.config, setup.config);
  pair.config = setup.config;
  pair.sockets = setup.sockets;
  pair.ends = {describe_end(pair, 0), describe_end(pair, 1)};
  pair.gone = false;
  pair.home->run_here([&] {
    if (!pair.runner || !goes_on) {
      pair.runner = make_pair_runner(pair.config, *crew_, *pair.home, pair.state);
    }
    pair.runner->start(std::move(setup));
  });
}

/// Its sockets may go to another pair, or to its next configuration.
void RelayOfPairs::pause(RunningPair& pair) {
  pair.home->run_here([&] {
    if (pair.runner) pair.runner->pause();
  });
  pair.sockets = {};
}

void RelayOfPairs::stop(RunningPair& pair) {
  pair.home->run_here([&] { pair.runner.reset(); });
  pair.sockets = {};
}

void RelayOfPairs::drain() {
  if (std::exchange(draining_, true)) return;
  for (auto& [name, pair] : pairs_) stop(pair);
  inherited_ = {};
  drain_timer_->arm(drain_time_);
  total_->when_empty([fd = drained_.get()] {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto ignored = ::write(fd, &one, sizeof(one));
  });
}

std::vector<PairStatus> RelayOfPairs::status() const {
  std::vector<PairStatus> all;
  for (const auto& [name, pair] : pairs_) {
    if (!pair.gone || in_use(pair)) all.push_back(status_of(pair));
  }
  return all;
}

void RelayOfPairs::check_alive() {
  // Also those that are home to no pair: they have connections as well.
  for (std::size_t i = 0; i < crew_->size(); ++i) (*crew_)[i].run_here([] {});
}

}  // namespace

Result<std::unique_ptr<Relay>> Relay::start(Config config, InheritedSockets inherited) {
  auto relay = std::make_unique<RelayOfPairs>(config, std::move(inherited));
  return relay->reload(std::move(config)).map([&]() -> std::unique_ptr<Relay> {
    return std::move(relay);
  });
}

}  // namespace vsockfwd::relay
