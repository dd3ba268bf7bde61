// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/mux.h"

#include <sys/resource.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "lib/log.h"
#include "lib/warning.h"

namespace vsockfwd::qgs {
namespace {

constexpr std::chrono::minutes sweep_interval{1};
/// Descriptors that connections of guests leave to services, folders and those who ask for status.
constexpr rlim_t reserve = 32;

/// Whether the descriptor is one of the last that this process may have: each new one is the lowest
/// that is free.
bool is_one_of_the_last(int fd, rlim_t kept) {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
         static_cast<rlim_t>(fd) + kept >= limit.rlim_cur;
}

}  // namespace

Result<std::unique_ptr<Mux>> Mux::start(EventLoop& loop, Config config,
                                        InheritedSockets inherited) {
  std::unique_ptr<Mux> mux(new Mux(loop, std::move(inherited)));
  if (auto fine = mux->reload(std::move(config)); !fine) return Failure(std::move(fine.error()));
  mux->on_timer();
  return mux;
}

Mux::~Mux() {
  loop_.timers().disarm(*this);
}

Result<void> Mux::reload(Config config) {
  auto fronts = open_fronts(config);
  if (!fronts) return Failure(std::move(fronts.error()));
  if (auto fine = dispatcher_.employ(config); !fine) return fine;
  replace_fronts(std::move(*fronts), config);
  config_ = std::move(config);
  return {};
}

/// Only what is not open yet.
Result<Mux::Fronts> Mux::open_fronts(const Config& config) {
  Fronts fronts;
  for (const auto& listener : config.listeners) {
    const auto name = format_address(listener.address);
    if (fronts_.doors.contains(name)) continue;
    auto sockets = find_sockets(listener);
    if (!sockets) return Failure(std::move(sockets.error()));
    auto& doors = fronts.doors[name];
    for (const auto& socket : *sockets) doors.emplace_back(new Door(*this, socket));
  }
  for (const auto& wanted : config.watches) {
    const bool known =
        std::any_of(fronts_.watches.begin(), fronts_.watches.end(),
                    [&wanted](const auto& watch) { return watch->path() == wanted.path; });
    if (known) continue;
    auto watch = DirectoryWatch::start(*this, wanted);
    if (!watch) return Failure(std::move(watch.error()));
    fronts.watches.push_back(std::move(*watch));
  }
  return fronts;
}

Result<ListenSockets> Mux::find_sockets(const ListenerConfig& listener) {
  if (const auto* const inherited = std::get_if<InheritedAddress>(&listener.address)) {
    return inherited_.prepare(*inherited, listener.options);
  }
  return open_listen_socket(listener.address, listener.options).map([](const auto& socket) {
    return ListenSockets{socket};
  });
}

void Mux::replace_fronts(Fronts fronts, const Config& config) {
  for (const auto& listener : config.listeners) {
    auto kept = fronts_.doors.extract(format_address(listener.address));
    if (kept.empty()) continue;
    for (const auto& door : kept.mapped()) {
      const auto done = change_options({door->socket()}, listener.options);
      if (!done) log(Priority::warning, done.error());
    }
    fronts.doors.insert(std::move(kept));
  }
  for (const auto& wanted : config.watches) {
    const auto kept = std::find_if(
        fronts_.watches.begin(), fronts_.watches.end(),
        [&wanted](const auto& watch) { return watch && watch->path() == wanted.path; });
    if (kept == fronts_.watches.end()) continue;
    (*kept)->change_options(wanted.options);
    fronts.watches.push_back(std::move(*kept));
  }
  fronts_ = std::move(fronts);
}

void Mux::drain() {
  draining_ = true;
  fronts_ = {};
  // From the end: who is idle leaves, and another takes the place.
  for (auto i = clients_.size(); i > 0; --i) clients_[i - 1]->close_if_idle();
  loop_.arm_after(*this, config_.daemon.drain);
  if (clients_.empty()) loop_.stop();
}

MuxStatus Mux::status() const {
  MuxStatus status;
  for (const auto& service : dispatcher_.services()) {
    status.services.push_back({format_address(service->address()), service->up(),
                               service->up() ? "" : service->trouble(), service->busy(),
                               service->threads(), service->counters()});
  }
  for (const auto& [name, doors] : fronts_.doors) {
    for (const auto& door : doors) status.listeners.push_back(describe(*door->socket()));
  }
  for (const auto& watch : fronts_.watches) {
    status.watches.push_back({watch->path().text, watch->guests(), watch->open_doors()});
  }
  for (const auto& [name, guest] : guests_.all()) {
    status.guests.push_back({name, guest->connections, guest->queue.size(), guest->counters});
  }
  status.total = guests_.total();
  status.connections = clients_.size();
  status.queued = dispatcher_.queued();
  status.turned_away = turned_away_;
  return status;
}

void Mux::client_left(Client& client) {
  client.close();
  const auto place = client.place;
  std::swap(clients_[place], clients_.back());
  clients_[place]->place = place;
  loop_.retire(std::move(clients_.back()));
  clients_.pop_back();
  if (draining_ && clients_.empty()) {
    log(Priority::info, "stopping: every request is answered");
    loop_.stop();
  }
}

void Mux::guest_came(UniqueFd fd, const std::string& guest_name) {
  auto guest = guests_.find(guest_name, loop_.now());
  const bool guest_is_full = guest->connections >= config_.guest.connections;
  if (guest_is_full || clients_.size() >= config_.max_connections ||
      is_one_of_the_last(fd.get(), reserve + dispatcher_.threads())) {
    ++turned_away_;
    static Warning warning;
    warning.log(guest_is_full ? "it has too many connections" : "there are too many connections",
                {{"GUEST", guest_name}});
    return;
  }
  auto client = std::make_unique<Client>(*this, std::move(fd), std::move(guest));
  client->place = clients_.size();
  clients_.push_back(std::move(client));
  clients_.back()->start();
}

void Mux::on_timer() {
  if (draining_) {
    log(Priority::info, "stopping: out of time");
    return loop_.stop();
  }
  guests_.forget(loop_.now());
  loop_.arm_after(*this, sweep_interval);
}

}  // namespace vsockfwd::qgs
