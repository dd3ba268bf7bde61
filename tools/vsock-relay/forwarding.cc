// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/forwarding.h"

#include <utility>
#include <variant>

namespace vsockfwd::relay {
namespace {

std::shared_ptr<const Joining::Options> make_options(const std::shared_ptr<PairState>& pair,
                                                     const Pair& config) {
  const bool from_listens = std::holds_alternative<Listener>(config.from);
  return std::make_shared<Joining::Options>(
      Joining::Options{.session = std::make_shared<SessionOptions>(
                           SessionOptions{pair, config.timeouts, config.half_close}),
                       .dialer = std::get<Dialer>(from_listens ? config.to : config.from),
                       .accepted_side = from_listens ? 0U : 1U});
}

}  // namespace

Forwarding::Forwarding(Crew& crew, Worker& home, std::shared_ptr<PairState> pair)
    : crew_(crew),
      home_(home),
      pair_(std::move(pair)),
      intake_(std::make_shared<Intake>(home_, pair_, pair_->gates.joined,
                                       [this](UniqueFd client, Permit permit) {
                                         arrived(std::move(client), std::move(permit));
                                       })) {}

void Forwarding::start(PairSetup setup) {
  options_ = make_options(pair_, setup.config);
  const auto side = options_->accepted_side;
  intake_->start(std::move(setup.filters[side]), std::move(setup.sockets[side]));
}

void Forwarding::arrived(UniqueFd client, Permit permit) {
  crew_.least_busy(home_).begin(home_, [options = options_, client = std::move(client),
                                        permit = std::move(permit)](Worker& worker) mutable {
    return std::make_unique<Joining>(worker, std::move(options), std::move(client),
                                     std::move(permit));
  });
}

}  // namespace vsockfwd::relay
