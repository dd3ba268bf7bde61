// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/forwarding.h"

#include <utility>
#include <variant>

namespace vsockfwd::relay {
namespace {

std::shared_ptr<const Joining::Options> make_options(const PairSetup& setup) {
  const auto& config = setup.config;
  const bool from_listens = std::holds_alternative<Listener>(config.from);
  return std::make_shared<Joining::Options>(
      Joining::Options{.session = std::make_shared<SessionOptions>(
                           SessionOptions{setup.state, config.timeouts, config.half_close}),
                       .dialer = std::get<Dialer>(from_listens ? config.to : config.from),
                       .accepted_side = from_listens ? 0U : 1U});
}

}  // namespace

Forwarding::Forwarding(PairSetup setup)
    : crew_(setup.crew), home_(setup.home), options_(make_options(setup)) {
  const auto side = options_->accepted_side;
  intake_ = std::make_shared<Intake>(
      home_, setup.state, setup.state->gates.joined, std::move(setup.filters[side]),
      std::move(setup.sockets[side]),
      [this](UniqueFd client, Permit permit) { arrived(std::move(client), std::move(permit)); });
}

Forwarding::~Forwarding() {
  intake_->stop();
}

void Forwarding::arrived(UniqueFd client, Permit permit) {
  crew_.least_busy(home_).begin(home_, [options = options_, client = std::move(client),
                                        permit = std::move(permit)](Worker& worker) mutable {
    return std::make_unique<Joining>(worker, std::move(options), std::move(client),
                                     std::move(permit));
  });
}

}  // namespace vsockfwd::relay
