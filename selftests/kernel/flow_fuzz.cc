// SPDX-License-Identifier: GPL-2.0
// Fuzzes what the module knows about the connections of two guests, against a list in which it is
// all looked for in turn.
#include <fuzzer/FuzzedDataProvider.h>
#include <linux/vm_sockets.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>

#include "lib/fuzzing.h"

extern "C" {
#include "flow.h"
#include "guest.h"
}

namespace vsockfwd {
namespace {

bool equal(fwd_addr a, fwd_addr b) {
  return a.cid == b.cid && a.port == b.port;
}

bool equal(const fwd_connection& a, const fwd_connection& b) {
  return a.type == b.type && a.side == b.side && a.guest_port == b.guest_port &&
         equal(a.wire, b.wire) && equal(a.seen, b.seen);
}

/// A guest as the module has it, and as we think that it should be.
class Guest {
 public:
  explicit Guest(std::uint32_t cid) {
    guest_.cid = cid;
    INIT_LIST_HEAD(&guest_.flows);
  }

  /// As where a connection begins.
  void insert(const fwd_connection& connection) {
    const int expected = expect_insert(connection);
    require(fwd_flow_insert(&guest_, &connection) == expected);
    if (expected != 0) return;
    flows_.push_back(connection);
    reopen(connection.guest_port, connection.wire.port);
  }

  /// Until there is no room for more of this side. Only for a guest without connections.
  void fill(fwd_connection connection) {
    while (flows_.size() < FWD_FLOWS_MAX) {
      ++connection.guest_port;
      require(fwd_flow_insert(&guest_, &connection) == 0);
      flows_.push_back(connection);
    }
    insert(connection);
  }

  void remove(const fwd_connection& connection) {
    const auto flow = flow_by_wire(connection);
    if (flow == nullptr) return;
    forget(connection);
    fwd_flow_remove(&guest_, flow);
  }

  /// As where the host resets a connection.
  void close(const fwd_connection& connection) {
    const auto flow = flow_by_wire(connection);
    if (flow == nullptr || connection.wire.cid != VMADDR_CID_HOST) return;
    closed_.push_back(forget(connection));
    if (closed_.size() > FWD_CLOSED) closed_.pop_front();
    fwd_flow_close(&guest_, flow);
  }

  void look(const fwd_connection& connection) {
    flow_by_wire(connection);
    const auto found = find([&](const auto& other) {
      return other.guest_port == connection.guest_port && equal(other.seen, connection.seen);
    });
    const auto* const flow = fwd_flow_by_seen(&guest_, connection.guest_port, connection.seen);
    require((flow != nullptr) == (found != flows_.end()));
    require(flow == nullptr || equal(flow->wire.peer, found->wire));

    look_at_closed(connection);
    // The oldest is the one that may be forgotten too early.
    if (!closed_.empty() && closed_.front().guest_port != no_port) look_at_closed(closed_.front());
  }

  void take(std::uint32_t cid) {
    const auto found = find([&](const auto& connection) { return connection.wire.cid == cid; });
    const auto is_with = [](const fwd_connection* connection, const void* context) {
      return connection->wire.cid == *static_cast<const std::uint32_t*>(context);
    };
    fwd_connection taken{};
    require(fwd_flow_take(&guest_, is_with, &cid, &taken) == (found != flows_.end()));
    if (found == flows_.end()) return;
    require(equal(taken, *found));
    std::rotate(flows_.begin(), found, flows_.end());
    flows_.pop_front();
  }

  void sample() {
    std::array<fwd_connection, 3> connections{};
    const auto count = fwd_flow_sample(&guest_, connections.data(), connections.size());
    require(count == std::min(flows_.size(), connections.size()));
    require(std::equal(connections.begin(), connections.begin() + count, flows_.begin(),
                       [](const auto& a, const auto& b) { return equal(a, b); }));
    if (flows_.size() > count) std::rotate(flows_.begin(), flows_.begin() + count, flows_.end());
  }

  /// As where its last rule goes. Afterwards it takes no connections.
  void end() {
    guest_.gone = true;
    while (!flows_.empty()) take(flows_.front().wire.cid);
    for (const auto& count : guest_.flows_count) require(atomic_read(&count) == 0);
  }

 private:
  using Flows = std::deque<fwd_connection>;

  template <typename Condition>
  Flows::iterator find(const Condition& condition) {
    return std::ranges::find_if(flows_, condition);
  }

  Flows::iterator find_wire(const fwd_connection& connection) {
    return find([&](const auto& other) {
      return other.guest_port == connection.guest_port && equal(other.wire, connection.wire);
    });
  }

  Flows::iterator find_closed(std::uint32_t guest_port, std::uint32_t port) {
    return std::ranges::find_if(closed_, [&](const auto& connection) {
      return connection.guest_port == guest_port && connection.wire.port == port;
    });
  }

  void look_at_closed(const fwd_connection& connection) {
    constexpr fwd_addr nobody{.cid = 0, .port = 0};
    fwd_addr seen = nobody;
    fwd_flow_closed(&guest_, connection.guest_port, connection.wire.port, &seen);
    const auto closed = find_closed(connection.guest_port, connection.wire.port);
    require(equal(seen, closed == closed_.end() ? nobody : closed->seen));
  }

  fwd_flow* flow_by_wire(const fwd_connection& connection) {
    auto* const flow = fwd_flow_by_wire(&guest_, connection.guest_port, connection.wire);
    const auto found = find_wire(connection);
    require((flow != nullptr) == (found != flows_.end()));
    require(flow == nullptr || equal(flow->seen.peer, found->seen));
    return flow;
  }

  int expect_insert(const fwd_connection& connection) {
    const auto of_side = std::ranges::count(flows_, connection.side, &fwd_connection::side);
    if (of_side >= FWD_FLOWS_MAX) return -ENOSPC;
    const auto known = find([&](const auto& other) {
      return other.guest_port == connection.guest_port &&
             (equal(other.wire, connection.wire) || equal(other.seen, connection.seen));
    });
    if (known != flows_.end()) return -EEXIST;
    return guest_.gone ? -ENOENT : 0;
  }

  fwd_connection forget(const fwd_connection& connection) {
    const auto found = find_wire(connection);
    const auto forgotten = *found;
    flows_.erase(found);
    return forgotten;
  }

  void reopen(std::uint32_t guest_port, std::uint32_t port) {
    fwd_flow_reopen(&guest_, guest_port, port);
    const auto closed = find_closed(guest_port, port);
    // It keeps its place, and is found no more.
    if (closed != closed_.end()) closed->guest_port = no_port;
  }

  static constexpr std::uint32_t no_port = VMADDR_PORT_ANY;

  fwd_guest guest_{};
  Flows flows_;
  /// The oldest first.
  Flows closed_;
};

fwd_addr take_address(FuzzedDataProvider& input) {
  return {.cid = input.ConsumeIntegralInRange<std::uint32_t>(2, 4),
          .port = input.ConsumeIntegralInRange<std::uint32_t>(1, 4)};
}

fwd_connection take_connection(FuzzedDataProvider& input) {
  return {.type = input.ConsumeIntegralInRange<std::uint16_t>(1, 2),
          .side = input.ConsumeBool() ? FWD_BY_GUEST : FWD_BY_PEER,
          .guest_port = input.ConsumeIntegralInRange<std::uint32_t>(1, 4),
          .wire = take_address(input),
          .seen = take_address(input)};
}

void step(FuzzedDataProvider& input, Guest& guest) {
  auto connection = take_connection(input);
  switch (input.ConsumeIntegralInRange(0, 7)) {
    case 0:
      guest.insert(connection);
      break;
    case 1:
      guest.remove(connection);
      break;
    case 2:
      guest.close(connection);
      break;
    case 3:
      guest.look(connection);
      break;
    case 4:
      guest.take(connection.wire.cid);
      break;
    case 5:
      guest.sample();
      break;
    case 6:
      guest.insert(connection);
      guest.look(connection);
      break;
    default:
      connection.wire.cid = VMADDR_CID_HOST;
      guest.insert(connection);
      guest.close(connection);
      guest.look(connection);
      break;
  }
}

void try_flows(FuzzedDataProvider& input) {
  require(fwd_flow_setup() == 0);
  std::array guests{Guest(16), Guest(17)};
  if (input.ConsumeIntegral<std::uint8_t>() == 1) guests[0].fill(take_connection(input));
  while (input.remaining_bytes() > 0) step(input, guests.at(input.ConsumeBool() ? 1 : 0));
  for (auto& guest : guests) {
    guest.end();
    guest.insert(take_connection(input));
  }
  fwd_flow_teardown();
}

}  // namespace
}  // namespace vsockfwd

/// Of connection.c, which asks the kernel's sockets.
extern "C" void fwd_snapshot_add(fwd_snapshot*, std::uint32_t, const fwd_connection*) {}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  vsockfwd::try_flows(input);
  return 0;
}
