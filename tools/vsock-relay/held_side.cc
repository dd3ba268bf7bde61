// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/held_side.h"

#include <utility>

#include "vsock-relay/endpoint.h"

namespace vsockfwd::relay {
namespace {

/// More than any socket holds: what comes after so many is sent by somebody who never stops.
constexpr int drops_in_one_go = 1024;

}  // namespace

HeldSide::HeldSide(Worker& worker, UniqueFd fd, Permit permit, Owner& owner)
    : worker_(worker), fd_(std::move(fd)), permit_(std::move(permit)), owner_(owner) {}

HeldSide::~HeldSide() {
  worker_.loop().timers().disarm(*this);
}

void HeldSide::start(milliseconds hold, bool has_partner) {
  has_partner_ = has_partner;
  worker_.loop().arm_after(*this, hold);
  worker_.loop().watch(fd_.get(), EPOLLIN | EPOLLRDHUP | EPOLLET, *this);
}

bool HeldSide::meet_partner() {
  has_partner_ = true;
  return worker_.pool().drop(fd_.get(), drops_in_one_go) != Dropped::end;
}

void HeldSide::on_events(std::uint32_t events, unsigned /*tag*/) {
  if (!fd_) return;
  if (has_partner_) {
    if (is_abandoned(fd_.get(), events)) owner_.ended(*this, End::gone);
    return;
  }
  switch (worker_.pool().drop(fd_.get(), drops_per_turn)) {
    case Dropped::everything:
      return;
    case Dropped::some:
      return worker_.loop().call_again(*this);
    case Dropped::end:
      return owner_.ended(*this, End::gone);
  }
}

void HeldSide::on_timer() {
  if (fd_) owner_.ended(*this, End::timed_out);
}

}  // namespace vsockfwd::relay
