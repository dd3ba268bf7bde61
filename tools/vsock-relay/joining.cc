// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/joining.h"

#include <utility>

#include "lib/socket.h"

namespace vsockfwd::relay {

Joining::Joining(Worker& worker, std::shared_ptr<const Options> options, UniqueFd client,
                 Permit permit)
    : worker_(worker),
      options_(std::move(options)),
      client_(std::move(client)),
      permit_(std::move(permit)),
      dial_(worker, options_->dialer, options_->session->timeouts.connect, *this) {}

void Joining::start() {
  // Epoll tells resets and hang-ups to those who ask for nothing. A client that has merely ended
  // its half waits for an answer.
  worker_.loop().watch(client_.get(), 0, *this);
  dial_.start();
}

void Joining::on_events(std::uint32_t events, unsigned /*tag*/) {
  if (finished_ || events == 0) return;
  // It has said all, and left: that is for the target, and no other event can come.
  if (!is_abandoned(client_.get(), events)) return worker_.loop().unwatch(client_.get());
  counters().abandoned.add(1);
  abort();
}

void Joining::abort() {
  finished_ = true;
  reset_on_close(client_.get());
  client_.reset();
  worker_.dismiss(*this);
}

void Joining::connected(UniqueFd fd) {
  // The client may have left earlier in this turn.
  if (std::exchange(finished_, true)) return;
  SocketPair sockets{std::move(client_), std::move(fd)};
  if (options_->accepted_side == 1) std::swap(sockets[0], sockets[1]);
  worker_.replace(*this, std::make_unique<Session>(worker_, options_->session, std::move(sockets),
                                                   Permits{std::move(permit_), {}, {}}));
}

void Joining::unreachable(const Error& error) {
  if (finished_) return;
  warn_unreachable(*options_->session->pair, error);
  counters().unreachable.add(1);
  abort();
}

void Joining::trying_next(const Error& error) {
  warn_passed_over(*options_->session->pair, error);
}

void Joining::trying_again(const Error& error) {
  warn_unreachable(*options_->session->pair, error);
}

WorkerCounters& Joining::counters() {
  return options_->session->pair->counters.of(worker_.index());
}

}  // namespace vsockfwd::relay
