// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_FORWARDING_H
#define VSOCKFWD_VSOCK_RELAY_FORWARDING_H

#include <memory>

#include "vsock-relay/intake.h"
#include "vsock-relay/joining.h"
#include "vsock-relay/pair_runner.h"

namespace vsockfwd::relay {

/// One side listens, the other is dialled for each connection.
class Forwarding final : public PairRunner {
 public:
  Forwarding(Crew& crew, Worker& home, std::shared_ptr<PairState> pair);

  void start(PairSetup setup) override;
  void pause() override { intake_->stop(); }
  [[nodiscard]] std::size_t waiting() const override { return intake_->parked(); }
  [[nodiscard]] bool at_limit() const override { return intake_->at_limit(); }

 private:
  void arrived(UniqueFd client, Permit permit);

  Crew& crew_;
  Worker& home_;
  std::shared_ptr<PairState> pair_;
  std::shared_ptr<const Joining::Options> options_;
  std::shared_ptr<Intake> intake_;
};

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_FORWARDING_H
