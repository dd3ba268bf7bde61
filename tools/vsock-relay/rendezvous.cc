// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/rendezvous.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace vsockfwd::relay {

Rendezvous::Rendezvous(PairSetup setup)
    : crew_(setup.crew),
      home_(setup.home),
      pair_(setup.state),
      options_(std::make_shared<SessionOptions>(
          SessionOptions{pair_, setup.config.timeouts, setup.config.half_close})),
      hold_(setup.config.hold),
      sources_{make_source(setup, 0), make_source(setup, 1)} {}

Rendezvous::~Rendezvous() {
  home_.loop().timers().disarm(*this);
  pair_->gates.joined->forget(*this);
  for (auto& source : sources_) {
    if (source.intake) source.intake->stop();
    if (source.redial) source.redial->stop();
  }
  for (auto& side : held_) {
    for (auto& held : side) home_.loop().retire(std::move(held));
  }
}

Rendezvous::Source Rendezvous::make_source(PairSetup& setup, unsigned side) {
  const auto came = [this, side](UniqueFd fd, Permit permit) {
    hold(side, std::move(fd), std::move(permit));
  };
  const auto& end = side == 0 ? setup.config.from : setup.config.to;
  const auto& gate = pair_->gates.sides[side];
  if (const auto* dialer = std::get_if<Dialer>(&end)) {
    return {nullptr, std::make_shared<Redial>(home_, pair_, gate, *dialer,
                                              setup.config.timeouts.connect, came)};
  }
  return {std::make_shared<Intake>(home_, pair_, gate, std::move(setup.filters[side]),
                                   std::move(setup.sockets[side]), came),
          nullptr};
}

void Rendezvous::start() {
  for (auto& source : sources_) {
    if (source.intake) source.intake->start();
    if (source.redial) source.redial->start();
  }
}

std::size_t Rendezvous::waiting() const {
  auto count = held_[0].size() + held_[1].size();
  for (const auto& source : sources_) {
    if (source.intake) count += source.intake->parked();
  }
  return count;
}

bool Rendezvous::at_limit() const {
  return std::ranges::any_of(
      sources_, [](const Source& source) { return source.intake && source.intake->at_limit(); });
}

void Rendezvous::hold(unsigned side, UniqueFd fd, Permit permit) {
  const bool has_partner = find_partner(side);
  HeldSide::Owner& self = *this;
  auto& held = held_[side].emplace_back(
      std::make_unique<HeldSide>(home_, std::move(fd), std::move(permit), self));
  held->start(hold_, has_partner);
  join_those_who_wait();
}

/// Whether somebody waits on the other side for the next who comes on this one; he is told.
bool Rendezvous::find_partner(unsigned side) {
  auto& others = held_[1 - side];
  const auto place = held_[side].size();
  while (place < others.size()) {
    auto& partner = *others[place];
    if (partner.meet_partner()) return true;
    ended(partner, HeldSide::End::gone);
  }
  return false;
}

void Rendezvous::ended(HeldSide& side, HeldSide::End end) {
  auto& counters = pair_->counters.of(home_.index());
  (end == HeldSide::End::gone ? counters.abandoned : counters.unreachable).add(1);
  remove(side);
}

void Rendezvous::remove(HeldSide& side) {
  for (auto& held : held_) {
    const auto found = std::ranges::find(held, &side, &std::unique_ptr<HeldSide>::get);
    if (found == held.end()) continue;
    home_.loop().retire(std::move(*found));
    held.erase(found);
    return;
  }
}

void Rendezvous::join_those_who_wait() {
  while (!held_[0].empty() && !held_[1].empty()) {
    auto answer = pair_->gates.joined->enter(*this);
    if (!answer.permit) {
      if (answer.retry_after) home_.loop().arm_after(*this, *answer.retry_after);
      return;
    }
    join(std::move(*answer.permit));
  }
  // Others may need the place for which this has waited.
  pair_->gates.joined->forget(*this);
}

void Rendezvous::join(Permit permit) {
  SocketPair sockets;
  Permits permits{Permit(), Permit(), std::move(permit)};
  for (const unsigned side : {0U, 1U}) {
    auto& first = *held_[side].front();
    sockets[side] = first.take_socket();
    permits[side] = first.take_permit();
    home_.loop().unwatch(sockets[side].get());
    remove(first);
  }
  crew_.least_busy(home_).begin(home_, [options = options_, sockets = std::move(sockets),
                                        permits = std::move(permits)](Worker& worker) mutable {
    return std::make_unique<Session>(worker, std::move(options), std::move(sockets),
                                     std::move(permits));
  });
}

void Rendezvous::wake() {
  home_.loop().post([weak = std::weak_ptr(self_)] {
    if (const auto self = weak.lock()) (*self)->join_those_who_wait();
  });
}

}  // namespace vsockfwd::relay
