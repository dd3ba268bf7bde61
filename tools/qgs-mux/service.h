// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_QGS_MUX_SERVICE_H
#define VSOCKFWD_QGS_MUX_SERVICE_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/backoff.h"
#include "lib/event_loop.h"
#include "lib/socket_address.h"
#include "qgs-mux/call.h"
#include "qgs-mux/config.h"
#include "qgs-mux/job.h"

namespace vsockfwd::qgs {

struct ServiceCounters {
  std::uint64_t answered = 0;
  /// Of these, those with an error code.
  std::uint64_t errors = 0;
  std::uint64_t broken = 0;
  std::uint64_t unreachable = 0;
  std::uint64_t timed_out = 0;
};

/// One quote generation service: what it does now, and whether it is there.
class Service final : public Call::Ender, Timer {
 public:
  /// Who gives it work.
  class Employer {
   public:
    /// A request is done, or not.
    virtual void job_ended(std::unique_ptr<Job> job, CallResult result) = 0;
    /// It takes more work now.
    virtual void service_available() = 0;
    /// Whether another service could do the work of this one.
    [[nodiscard]] virtual bool has_other_than(const Service& service) const = 0;

   protected:
    ~Employer() = default;
  };

  /// Believed to be there until it turns out that it is not.
  Service(EventLoop& loop, ServiceConfig config, SocketAddress address,
          milliseconds health_interval, Employer& employer);
  ~Service() override;

  [[nodiscard]] const Address& address() const { return config_.address; }
  void change(const ServiceConfig& config, milliseconds health_interval);

  [[nodiscard]] bool up() const { return up_; }
  /// Why it is not up.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  [[nodiscard]] std::size_t busy() const { return calls_.size(); }
  [[nodiscard]] std::uint32_t threads() const { return config_.threads; }
  [[nodiscard]] bool available() const { return up_ && calls_.size() < capacity(); }
  [[nodiscard]] const ServiceCounters& counters() const { return counters_; }

  void serve(std::unique_ptr<Job> job);

 private:
  struct Running {
    std::unique_ptr<Job> job;
    std::unique_ptr<Call> call;
  };

  [[nodiscard]] std::size_t capacity() const;
  /// Events may still be on the way to it.
  void retire(std::unique_ptr<Call> call);
  void call_ended(Call& call, CallResult result) override;
  void on_timer() override;
  void probe();
  void probe_ended(const CallResult& result);
  void gave_sign_of_life();
  void is_down(const std::string& reason);
  void hand_back_all();

  EventLoop& loop_;
  ServiceConfig config_;
  SocketAddress address_;
  milliseconds health_interval_;
  Employer& employer_;
  std::vector<Running> calls_;
  std::unique_ptr<Call> probe_;
  Backoff backoff_;
  bool up_ = true;
  /// When it last answered.
  std::optional<TimePoint> last_sign_;
  std::string trouble_;
  ServiceCounters counters_;
};

}  // namespace vsockfwd::qgs

#endif  // VSOCKFWD_QGS_MUX_SERVICE_H
