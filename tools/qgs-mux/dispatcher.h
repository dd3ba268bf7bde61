// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_QGS_MUX_DISPATCHER_H
#define VSOCKFWD_QGS_MUX_DISPATCHER_H

#include <memory>
#include <vector>

#include "lib/event_loop.h"
#include "lib/result.h"
#include "lib/socket_address.h"
#include "qgs-mux/config.h"
#include "qgs-mux/fair_queue.h"
#include "qgs-mux/service.h"

namespace vsockfwd::qgs {

/// What to connect to. Fails if no service can be there.
Result<SocketAddress> service_socket_address(const Address& address);

/// Gives requests to services: as many at a time as keep their threads busy, and to another one if
/// one fails.
class Dispatcher final : public Service::Employer {
 public:
  explicit Dispatcher(EventLoop& loop) : loop_(loop) {}

  /// From now on, these are the services. What the former ones have begun, they finish.
  Result<void> employ(const Config& config);

  void submit(std::unique_ptr<Job> job);
  /// Nobody waits for it any more. If it is with a service, it stays there until that is done.
  void withdraw(Job& job);

  /// Of all services.
  [[nodiscard]] std::size_t threads() const;
  [[nodiscard]] std::size_t queued() const { return queue_.size(); }
  [[nodiscard]] const std::vector<std::unique_ptr<Service>>& services() const { return services_; }

 private:
  void job_ended(std::unique_ptr<Job> job, CallResult result) override;
  void service_available() override { dispatch(); }
  [[nodiscard]] bool has_other_than(const Service& service) const override;

  void dispatch();
  Service* choose() const;
  void dismiss_idle();

  EventLoop& loop_;
  FairQueue queue_;
  std::vector<std::unique_ptr<Service>> services_;
  /// No longer in the configuration, but not done yet.
  std::vector<std::unique_ptr<Service>> leaving_;
};

}  // namespace vsockfwd::qgs

#endif  // VSOCKFWD_QGS_MUX_DISPATCHER_H
