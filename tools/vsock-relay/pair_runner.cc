// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/pair_runner.h"

#include <utility>
#include <variant>

#include "vsock-relay/forwarding.h"
#include "vsock-relay/rendezvous.h"

namespace vsockfwd::relay {

bool same_shape(const Pair& one, const Pair& other) {
  if (one.from.index() != other.from.index() || one.to.index() != other.to.index()) return false;
  const bool both_dialled = is_rendezvous(one) && std::holds_alternative<Dialer>(one.from);
  // A connection to one target is not good for another.
  return !both_dialled || (one.from == other.from && one.to == other.to);
}

std::unique_ptr<PairRunner> make_pair_runner(const Pair& config, Crew& crew, Worker& home,
                                             std::shared_ptr<PairState> state) {
  if (is_rendezvous(config)) return std::make_unique<Rendezvous>(crew, home, std::move(state));
  return std::make_unique<Forwarding>(crew, home, std::move(state));
}

}  // namespace vsockfwd::relay
