// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/redial.h"

#include <utility>

namespace vsockfwd::relay {

Redial::Redial(Worker& home, std::shared_ptr<PairState> pair, std::shared_ptr<Gate> gate,
               Dialer dialer, milliseconds timeout, Reached reached)
    : home_(home),
      pair_(std::move(pair)),
      gate_(std::move(gate)),
      dialer_(std::move(dialer)),
      timeout_(timeout),
      reached_(std::move(reached)),
      backoff_(dialer_.backoff, dialer_.backoff_max) {}

Redial::~Redial() {
  stop();
}

void Redial::stop() {
  home_.loop().timers().disarm(*this);
  gate_->forget(*this);
  dial_.reset();
  permit_ = Permit();
}

void Redial::dial() {
  auto answer = gate_->enter(*this);
  // Else the connection is up, and wake() tells when it is over.
  if (!answer.permit) return;
  permit_ = std::move(*answer.permit);
  Dial::Owner& self = *this;
  dial_ = std::make_unique<Dial>(home_, dialer_, timeout_, self);
  dial_->start();
}

void Redial::connected(UniqueFd fd) {
  home_.loop().retire(std::move(dial_));
  connected_at_ = home_.loop().now();
  reached_(std::move(fd), std::move(permit_));
  dial();
}

void Redial::unreachable(const Error& error) {
  warn_unreachable(*pair_, error);
  pair_->counters.of(home_.index()).unreachable.add(1);
  home_.loop().retire(std::move(dial_));
  permit_ = Permit();
  home_.loop().arm_after(*this, backoff_.next());
}

void Redial::trying_next(const Error& error) {
  warn_passed_over(*pair_, error);
}

void Redial::trying_again(const Error& error) {
  warn_unreachable(*pair_, error);
}

void Redial::wake() {
  home_.loop().post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->dial_later();
  });
}

void Redial::dial_later() {
  if (armed() || dial_) return;
  if (home_.loop().now() - connected_at_ > dialer_.backoff_max) backoff_.reset();
  home_.loop().arm_after(*this, backoff_.next());
}

}  // namespace vsockfwd::relay
