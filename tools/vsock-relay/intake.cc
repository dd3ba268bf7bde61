// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/intake.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "lib/socket.h"

namespace vsockfwd::relay {
namespace {

/// Connections to accept before it is the others' turn.
constexpr int accepts_per_turn = 64;
/// Without descriptors or memory, and after errors that accept() should not have.
constexpr milliseconds rest{50};

/// The manual page names both.
constexpr std::ptrdiff_t parked_per_peer = 16;
constexpr std::uint32_t parked_in_all = 512;

void reset_now(UniqueFd fd) {
  reset_on_close(fd.get());
}

}  // namespace

Intake::Intake(Worker& home, std::shared_ptr<PairState> pair, std::shared_ptr<Gate> gate,
               Arrived arrived)
    : home_(home), pair_(std::move(pair)), gate_(std::move(gate)), arrived_(std::move(arrived)) {}

Intake::~Intake() {
  stop();
  for (auto& parked : parked_) reset_now(std::move(parked.fd));
}

void Intake::start(PeerFilter filter, ListenSockets sockets) {
  filter_ = std::move(filter);
  sockets_ = std::move(sockets);
  for (auto& parked : std::exchange(parked_, {})) {
    const Peer peer(parked.fd.get());
    if (filter_.allows(peer)) {
      parked_.push_back(std::move(parked));
    } else {
      refuse(std::move(parked.fd), peer);
    }
  }
  if (!parked_.empty()) gate_->watch_peers(*this);
  resume();
}

void Intake::stop() {
  pause();
  home_.loop().timers().disarm(*this);
  gate_->forget(*this);
  sockets_.clear();
}

void Intake::on_events(std::uint32_t /*events*/, unsigned /*tag*/) {
  if (!paused_) accept_some();
}

void Intake::accept_some() {
  for (int i = 0; i < accepts_per_turn; ++i) {
    bool accepted = false;
    for (const auto& socket : sockets_) accepted = accept_one(*socket) || accepted;
    if (!accepted || paused_) return;
  }
}

bool Intake::accept_one(const ListenSocket& socket) {
  // First the permit: who cannot be served waits in the backlog, where it costs nothing.
  auto permit = ask_for_permit();
  if (!permit) return false;
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  UniqueFd fd(::accept4(socket.fd.get(), address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd) {
    const int code = errno;
    permit->cancel();
    return accept_failed(code);
  }
  if (socket.inherited) tune_accepted(fd.get());
  counters().accepted.add(1);
  const Peer peer(fd.get(), SocketAddress(address, size));
  receive(std::move(fd), peer, std::move(*permit));
  return true;
}

bool Intake::accept_failed(int code) {
  if (code == EAGAIN) return false;
  static constexpr std::array of_one_connection = {ECONNABORTED, ECONNRESET,  EINTR,     EPROTO,
                                                   ENETDOWN,     ENOPROTOOPT, EHOSTDOWN, ENONET,
                                                   EHOSTUNREACH, ENETUNREACH, ETIMEDOUT};
  if (std::ranges::find(of_one_connection, code) != of_one_connection.end()) return true;
  rest_for(code);
  return false;
}

void Intake::receive(UniqueFd fd, const Peer& peer, Permit permit) {
  if (!filter_.allows(peer)) return refuse(std::move(fd), peer);
  if (permit.assign(peer.key())) return arrived_(std::move(fd), std::move(permit));
  permit.cancel();
  park(std::move(fd), peer);
}

void Intake::refuse(UniqueFd fd, const Peer& peer) {
  pair_->warnings.refused.log(fmt::format("{:?} is not allowed to connect", peer.describe()),
                              {{"PAIR", pair_->name}});
  counters().refused.add(1);
  reset_now(std::move(fd));
}

void Intake::park(UniqueFd fd, const Peer& peer) {
  const auto key = peer.key();
  const auto waiting = std::ranges::count(parked_, key, &Parked::peer);
  const auto most = std::min(pair_->most_parked.load(), parked_in_all);
  if (waiting < parked_per_peer && parked_.size() < most) {
    parked_.push_back({std::move(fd), key});
    if (parked_.size() > 1) return;
    // The peer may have got a place just before this could be noticed.
    gate_->watch_peers(*this);
    return start_parked();
  }
  pair_->warnings.crowded.log(fmt::format("{:?} has too many connections", peer.describe()),
                              {{"PAIR", pair_->name}});
  counters().refused.add(1);
  reset_now(std::move(fd));
}

/// Those whose peer may have one more now.
void Intake::start_parked() {
  if (parked_.empty()) return;
  auto next = parked_.begin();
  while (next != parked_.end()) {
    auto permit = ask_for_permit();
    if (!permit) return;
    while (next != parked_.end() && !permit->assign(next->peer)) ++next;
    if (next == parked_.end()) return permit->cancel();
    auto fd = std::move(next->fd);
    next = parked_.erase(next);
    arrived_(std::move(fd), std::move(*permit));
  }
  if (parked_.empty()) gate_->unwatch_peers(*this);
}

std::optional<Permit> Intake::ask_for_permit() {
  auto answer = gate_->enter(*this);
  if (answer.permit) return std::move(answer.permit);
  pause();
  if (answer.retry_after) home_.loop().arm_after(*this, *answer.retry_after);
  return std::nullopt;
}

void Intake::pause() {
  if (std::exchange(paused_, true)) return;
  for (const auto& socket : sockets_) home_.loop().unwatch(socket->fd.get());
}

void Intake::resume() {
  if (sockets_.empty()) return;  // woken when it was stopped already
  const bool was_paused = std::exchange(paused_, false);
  start_parked();
  if (!was_paused || paused_) return;
  for (const auto& socket : sockets_) {
    if (!home_.loop().watch(socket->fd.get(), EPOLLIN, *this)) return rest_for(errno);
  }
  // Not only when a client comes: whoever has waited for a place and does not need it must say so,
  // for others wait behind.
  accept_some();
}

void Intake::rest_for(int code) {
  pair_->warnings.cannot_accept.log(
      fmt::format("cannot accept connections for now: {}", std::strerror(code)),
      {{"PAIR", pair_->name}});
  pause();
  home_.loop().arm_after(*this, rest);
}

void Intake::wake() {
  home_.loop().post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->resume();
  });
}

void Intake::on_timer() {
  resume();
}

WorkerCounters& Intake::counters() {
  return pair_->counters.of(home_.index());
}

}  // namespace vsockfwd::relay
