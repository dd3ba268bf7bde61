// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_QGS_MUX_CALL_H
#define VSOCKFWD_QGS_MUX_CALL_H

#include <chrono>
#include <optional>
#include <string>

#include "lib/event_loop.h"
#include "lib/socket_address.h"
#include "lib/unique_fd.h"
#include "qgs-mux/reply_reader.h"
#include "qgs-mux/request_reader.h"

namespace vsockfwd::qgs {

/// How a call has ended.
struct CallResult {
  enum class Outcome {
    /// With the service's reply.
    answered,
    /// The service took the request and gave no whole reply.
    broken,
    /// The service took nothing.
    unreachable,
    /// The service has not answered in time.
    timed_out,
  };
  Outcome outcome = Outcome::broken;
  /// If it was answered.
  std::string reply;
  ErrorCode error = ErrorCode::none;
  /// If it was not; for the log.
  std::string reason;
  /// The errno behind it, or 0.
  int code = 0;
};

/// One connection to the service, for one request: more than one it does not take.
class Call final : public EventHandler, Timer {
 public:
  class Ender {
   public:
    /// The call does nothing more, and is to be retired.
    virtual void call_ended(Call& call, CallResult result) = 0;

   protected:
    ~Ender() = default;
  };

  /// What it refers to must outlive it.
  Call(EventLoop& loop, const SocketAddress& service, const Request& request, Ender& ender);
  ~Call() override { close(); }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  /// Ends after `limit`, if not earlier.
  void start(std::chrono::milliseconds limit);
  /// Ends it without a word: nothing comes of it any more.
  void close();

 private:
  void on_events(std::uint32_t events, unsigned tag) override;
  void on_timer() override;
  void connect();
  /// Not at once: whoever has begun the call is not ready for its end yet.
  void end_soon(CallResult::Outcome outcome, std::string reason, int code);
  void send();
  void receive();
  void end(CallResult::Outcome outcome, std::string reason, int code = 0);

  EventLoop& loop_;
  const SocketAddress& service_;
  const Request& request_;
  Ender& ender_;
  TimePoint deadline_;
  UniqueFd fd_;
  /// Why the call is about to end.
  std::optional<CallResult> early_end_;
  bool connected_ = false;
  bool sent_ = false;
  ReplyReader reader_;
};

}  // namespace vsockfwd::qgs

#endif  // VSOCKFWD_QGS_MUX_CALL_H
