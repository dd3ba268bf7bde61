// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/held_side.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "vsock-relay/endpoint.h"

namespace vsockfwd::relay {
namespace {

/// Buffers to drop before it is the others' turn.
constexpr int drops_per_turn = 16;
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
  return drop(drops_in_one_go) != Dropped::end;
}

HeldSide::Dropped HeldSide::drop(int most) {
  auto buffer = worker_.pool().take_buffer();
  auto result = Dropped::some;
  for (int drops = 0; result == Dropped::some && drops < most; ++drops) {
    const auto count = ::recv(fd_.get(), buffer->data(), buffer_size, 0);
    if (count > 0 || (count < 0 && errno == EINTR)) continue;
    result = count < 0 && errno == EAGAIN ? Dropped::everything : Dropped::end;
  }
  worker_.pool().give_back(std::move(buffer));
  return result;
}

void HeldSide::on_events(std::uint32_t events, unsigned /*tag*/) {
  if (!fd_) return;
  if (has_partner_) {
    if (is_abandoned(fd_.get(), events)) owner_.ended(*this, End::gone);
    return;
  }
  switch (drop(drops_per_turn)) {
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
