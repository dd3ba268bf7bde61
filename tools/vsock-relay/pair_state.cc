// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/pair_state.h"

#include <limits>

namespace vsockfwd::relay {
namespace {

constexpr Limits unlimited{.max_connections = std::numeric_limits<std::uint32_t>::max(),
                           .max_connections_per_peer = {},
                           .max_rate = {}};
/// A side that is dialled is kept up once.
constexpr Limits only_one{.max_connections = 1, .max_connections_per_peer = {}, .max_rate = {}};

const Limits& limits_of_joined(const Pair& pair) {
  return is_rendezvous(pair) ? unlimited : pair.limits;
}

const Limits& limits_of_side(const Pair& pair) {
  return std::holds_alternative<Dialer>(pair.from) ? only_one : pair.limits;
}

}  // namespace

PairGates::PairGates(const Pair& pair, const std::shared_ptr<Admission>& total)
    : joined(std::make_shared<Gate>(limits_of_joined(pair), total)) {
  for (const unsigned side : {0U, 1U}) {
    waiting[side] = std::make_shared<Admission>(unlimited);
    sides[side] = std::make_shared<Gate>(limits_of_side(pair), waiting[side]);
  }
}

void PairGates::set_limits(const Pair& pair) {
  joined->own().set_limits(limits_of_joined(pair));
  for (const auto& side : sides) side->own().set_limits(limits_of_side(pair));
}

void PairState::set_places_to_wait(std::uint32_t places) {
  most_parked = places;
  auto limits = unlimited;
  limits.max_connections = places;
  for (const auto& waiting : gates.waiting) waiting->set_limits(limits);
}

std::uint32_t waiting_rooms(const Pair& pair) {
  // Of a rendezvous, for a partner and for a limit, on both sides.
  return is_rendezvous(pair) ? 4 : 1;
}

void warn_unreachable(PairState& pair, const Error& error) {
  pair.warnings.unreachable.log(error.message, {{"PAIR", pair.name}});
}

void warn_passed_over(PairState& pair, const Error& error) {
  pair.warnings.passed_over.log(error.message, {{"PAIR", pair.name}});
}

bool is_rendezvous(const Pair& pair) {
  return pair.from.index() == pair.to.index();
}

}  // namespace vsockfwd::relay
