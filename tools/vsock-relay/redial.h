// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_REDIAL_H
#define VSOCKFWD_VSOCK_RELAY_REDIAL_H

#include <functional>
#include <memory>

#include "lib/backoff.h"
#include "vsock-relay/dial.h"
#include "vsock-relay/pair_state.h"
#include "vsock-relay/permit.h"

namespace vsockfwd::relay {

/// Keeps one connection to the targets of a dialer up: dials again when it is over, or could not be
/// made. The pauses grow while connections do not last.
class Redial final : private Dial::Owner,
                     private Timer,
                     private Admission::Waiter,
                     public std::enable_shared_from_this<Redial> {
 public:
  using Reached = std::function<void(UniqueFd fd, Permit permit)>;

  /// `gate` lets one in at a time.
  Redial(Worker& home, std::shared_ptr<PairState> pair, std::shared_ptr<Gate> gate, Dialer dialer,
         milliseconds timeout, Reached reached);
  Redial(const Redial&) = delete;
  Redial& operator=(const Redial&) = delete;
  ~Redial() override;

  void start() { dial(); }
  void stop();

 private:
  void dial();
  void dial_later();
  void connected(UniqueFd fd) override;
  void unreachable(const Error& error) override;
  void trying_next(const Error& error) override;
  void trying_again(const Error& error) override;
  void wake() override;
  void on_timer() override { dial(); }

  Worker& home_;
  std::shared_ptr<PairState> pair_;
  std::shared_ptr<Gate> gate_;
  Dialer dialer_;
  milliseconds timeout_;
  Reached reached_;
  Backoff backoff_;
  TimePoint connected_at_ = TimePoint::max();
  Permit permit_;
  std::unique_ptr<Dial> dial_;
};

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_REDIAL_H
