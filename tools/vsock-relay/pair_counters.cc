// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/pair_counters.h"

namespace vsockfwd::relay {

Counters PairCounters::sum() const {
  Counters sum;
  for (const auto& worker : workers_) {
    // The ends of connections first: none is seen to be over that was not seen to be joined.
    sum.closed += worker.closed.get();
    sum.reset += worker.reset.get();
    sum.timed_out += worker.timed_out.get();
    sum.joined += worker.joined.get();
    sum.accepted += worker.accepted.get();
    sum.refused += worker.refused.get();
    sum.abandoned += worker.abandoned.get();
    sum.unreachable += worker.unreachable.get();
    sum.bytes_forward += worker.bytes_forward.get();
    sum.bytes_back += worker.bytes_back.get();
  }
  return sum;
}

}  // namespace vsockfwd::relay
