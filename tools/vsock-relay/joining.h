// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_JOINING_H
#define VSOCKFWD_VSOCK_RELAY_JOINING_H

#include <memory>

#include "vsock-relay/dial.h"
#include "vsock-relay/session.h"

namespace vsockfwd::relay {

/// An accepted connection while its target is dialled. Becomes a Session.
class Joining final : public Resident, private Dial::Owner {
 public:
  /// What all of a pair have in common.
  struct Options {
    std::shared_ptr<const SessionOptions> session;
    Dialer dialer;
    /// Of the accepted side: 0 if it is Pair::from, 1 if it is Pair::to.
    unsigned accepted_side = 0;
  };

  Joining(Worker& worker, std::shared_ptr<const Options> options, UniqueFd client, Permit permit);

  void start() override;
  void on_events(std::uint32_t events, unsigned tag) override;
  void abort() override;

 private:
  void connected(UniqueFd fd) override;
  void unreachable(const Error& error) override;
  void trying_next(const Error& error) override;
  void trying_again(const Error& error) override;
  [[nodiscard]] WorkerCounters& counters();

  Worker& worker_;
  std::shared_ptr<const Options> options_;
  UniqueFd client_;
  Permit permit_;
  Dial dial_;
  bool finished_ = false;
};

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_JOINING_H
