// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_RENDEZVOUS_H
#define VSOCKFWD_VSOCK_RELAY_RENDEZVOUS_H

#include <array>
#include <deque>
#include <memory>

#include "vsock-relay/held_side.h"
#include "vsock-relay/intake.h"
#include "vsock-relay/pair_runner.h"
#include "vsock-relay/redial.h"
#include "vsock-relay/session.h"

namespace vsockfwd::relay {

/// Both sides come by themselves, or both are dialled. The first that waits on one side is joined
/// with the first that waits on the other.
class Rendezvous final : public PairRunner,
                         private HeldSide::Owner,
                         private Admission::Waiter,
                         private Timer {
 public:
  Rendezvous(Crew& crew, Worker& home, std::shared_ptr<PairState> pair);
  Rendezvous(const Rendezvous&) = delete;
  Rendezvous& operator=(const Rendezvous&) = delete;
  ~Rendezvous() override;

  void start(PairSetup setup) override;
  void pause() override;
  [[nodiscard]] std::size_t waiting() const override;
  [[nodiscard]] bool at_limit() const override;

 private:
  /// Where one side comes from: one of both.
  struct Source {
    std::shared_ptr<Intake> intake;
    std::shared_ptr<Redial> redial;
  };

  void refuse_unless_allowed(unsigned side, const PeerFilter& filter);
  void start_source(unsigned side, PairSetup& setup);
  void hold(unsigned side, UniqueFd fd, Permit permit);
  void ended(HeldSide& side, HeldSide::End end) override;
  void remove(HeldSide& side);
  void join_those_who_wait();
  bool find_partner(unsigned side);
  void join(Permit permit);
  void wake() override;
  void on_timer() override { join_those_who_wait(); }

  Crew& crew_;
  Worker& home_;
  std::shared_ptr<PairState> pair_;
  std::shared_ptr<const SessionOptions> options_;
  milliseconds hold_{0};
  std::array<Source, 2> sources_;
  std::array<std::deque<std::unique_ptr<HeldSide>>, 2> held_;
  /// Lets messages of other threads find out whether this is still there.
  std::shared_ptr<Rendezvous*> self_ = std::make_shared<Rendezvous*>(this);
};

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_RENDEZVOUS_H
