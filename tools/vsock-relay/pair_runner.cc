// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/pair_runner.h"

#include <utility>

#include "vsock-relay/forwarding.h"
#include "vsock-relay/rendezvous.h"

namespace vsockfwd::relay {

std::unique_ptr<PairRunner> make_pair_runner(PairSetup setup) {
  if (is_rendezvous(setup.config)) return std::make_unique<Rendezvous>(std::move(setup));
  return std::make_unique<Forwarding>(std::move(setup));
}

}  // namespace vsockfwd::relay
