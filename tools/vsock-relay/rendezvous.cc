// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/rendezvous.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace vsockfwd::relay {

Rendezvous::Rendezvous(Crew& crew, Worker& home, std::shared_ptr<PairState> pair)
    : crew_(crew), home_(home), pair_(std::move(pair)) {}

Rendezvous::~Rendezvous() {
  home_.loop().timers().disarm(*this);
  pair_->gates.joined->forget(*this);
  for (auto& side : held_) {
    for (auto& held : side) home_.loop().retire(std::move(held));
  }
}

void Rendezvous::start(PairSetup setup) {
  options_ = std::make_shared<SessionOptions>(
      SessionOptions{pair_, setup.config.timeouts, setup.config.half_close});
  hold_ = setup.config.hold;
  // On both sides before anybody comes, who might be joined with one of them.
  for (const unsigned side : {0U, 1U}) refuse_unless_allowed(side, setup.filters[side]);
  for (const unsigned side : {0U, 1U}) start_source(side, setup);
}

void Rendezvous::pause() {
  for (auto& source : sources_) {
    if (source.intake) source.intake->stop();
    source.redial.reset();
  }
}

/// Those who wait since before pause().
void Rendezvous::refuse_unless_allowed(unsigned side, const PeerFilter& filter) {
  if (!sources_[side].intake) return;
  for (auto i = held_[side].size(); i-- > 0;) {
    auto& held = *held_[side][i];
    if (filter.allows(Peer(held.fd()))) continue;
    pair_->counters.of(home_.index()).refused.add(1);
    remove(held);
  }
}

void Rendezvous::start_source(unsigned side, PairSetup& setup) {
  const auto came = [this, side](UniqueFd fd, Permit permit) {
    hold(side, std::move(fd), std::move(permit));
  };
  const auto& end = side == 0 ? setup.config.from : setup.config.to;
  const auto& gate = pair_->gates.sides[side];
  auto& [intake, redial] = sources_[side];
  if (const auto* dialer = std::get_if<Dialer>(&end)) {
    redial =
        std::make_shared<Redial>(home_, pair_, gate, *dialer, setup.config.timeouts.connect, came);
    return redial->start();
  }
  if (!intake) intake = std::make_shared<Intake>(home_, pair_, gate, came);
  intake->start(std::move(setup.filters[side]), std::move(setup.sockets[side]));
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
    permits[side].leave_total();
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
