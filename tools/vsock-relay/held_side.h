// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_HELD_SIDE_H
#define VSOCKFWD_VSOCK_RELAY_HELD_SIDE_H

#include "lib/unique_fd.h"
#include "vsock-relay/config.h"
#include "vsock-relay/permit.h"
#include "vsock-relay/worker.h"

namespace vsockfwd::relay {

/// One side of a rendezvous that waits. What it sends before it has a partner is not for the
/// partner, and is dropped.
class HeldSide final : public EventHandler, private Timer {
 public:
  enum class End { gone, timed_out };

  /// Told once, when waiting is over; is to retire() the side.
  class Owner {
   public:
    virtual void ended(HeldSide& side, End end) = 0;

   protected:
    ~Owner() = default;
  };

  HeldSide(Worker& worker, UniqueFd fd, Permit permit, Owner& owner);
  HeldSide(const HeldSide&) = delete;
  HeldSide& operator=(const HeldSide&) = delete;
  ~HeldSide() override;

  /// `has_partner`: it waits for nothing but its turn, and what it sends is for the partner.
  void start(milliseconds hold, bool has_partner);
  /// A partner has come: drops what was sent before. False if the side has gone away; the owner is
  /// not told then.
  bool meet_partner();

  [[nodiscard]] int fd() const { return fd_.get(); }
  UniqueFd take_socket() { return std::move(fd_); }
  Permit take_permit() { return std::move(permit_); }

  void on_events(std::uint32_t events, unsigned tag) override;

 private:
  void on_timer() override;

  Worker& worker_;
  UniqueFd fd_;
  Permit permit_;
  Owner& owner_;
  bool has_partner_ = false;
};

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_HELD_SIDE_H
