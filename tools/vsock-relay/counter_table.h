// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_COUNTER_TABLE_H
#define VSOCKFWD_VSOCK_RELAY_COUNTER_TABLE_H

#include <array>
#include <cstdint>
#include <string_view>

#include "vsock-relay/relay.h"

namespace vsockfwd::relay {

/// A counter as status and metrics present it.
struct CounterEntry {
  /// A member in JSON, and part of the name of a metric.
  std::string_view name;
  std::string_view description;
  std::uint64_t Counters::*value;
};

inline constexpr std::array counter_table = {
    CounterEntry{"accepted", "Connections that came in.", &Counters::accepted},
    CounterEntry{"refused", "Connections turned away by a policy.", &Counters::refused},
    CounterEntry{"abandoned", "Connections that left before they were joined.",
                 &Counters::abandoned},
    CounterEntry{"unreachable", "Connections given up because no target or partner was there.",
                 &Counters::unreachable},
    CounterEntry{"joined", "Connections whose two sides were joined.", &Counters::joined},
    CounterEntry{"closed", "Joined connections that both sides ended.", &Counters::closed},
    CounterEntry{"reset", "Joined connections that one side broke off.", &Counters::reset},
    CounterEntry{"timed_out", "Joined connections that a time-out ended.", &Counters::timed_out},
    CounterEntry{"bytes_forward", "Bytes written from \"from\" to \"to\".",
                 &Counters::bytes_forward},
    CounterEntry{"bytes_back", "Bytes written from \"to\" to \"from\".", &Counters::bytes_back},
};
static_assert(counter_table.size() * sizeof(std::uint64_t) == sizeof(Counters),
              "each counter is presented");

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_COUNTER_TABLE_H
