// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_QGS_MUX_CLIENT_H
#define VSOCKFWD_QGS_MUX_CLIENT_H

#include <cstdint>
#include <memory>
#include <string>

#include "lib/event_loop.h"
#include "lib/unique_fd.h"
#include "qgs-mux/config.h"
#include "qgs-mux/dispatcher.h"
#include "qgs-mux/job.h"
#include "qgs-mux/request_reader.h"

namespace vsockfwd::qgs {

/// A connection of a guest, which asks one request after the other. Whatever it sends, it gets
/// whole replies of the kind that it understands, in time, or sees the connection close.
class Client final : public EventHandler, Timer, JobClient {
 public:
  /// What all clients share.
  class Host {
   public:
    virtual EventLoop& loop() = 0;
    virtual Dispatcher& dispatcher() = 0;
    [[nodiscard]] virtual const Config& config() const = 0;
    /// No new requests are taken.
    [[nodiscard]] virtual bool draining() const = 0;
    /// The client has closed, and is to be retired.
    virtual void client_left(Client& client) = 0;

   protected:
    ~Host() = default;
  };

  Client(Host& host, UniqueFd fd, std::shared_ptr<Guest> guest);
  ~Client() override;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void start();
  /// Whatever it does.
  void close();
  /// Closes if it asks for nothing now.
  void close_if_idle();

  /// The host's own mark: where it keeps this client.
  std::size_t place = 0;

 private:
  enum class State { reading, waiting, writing, closed };

  void on_events(std::uint32_t events, unsigned tag) override;
  void on_timer() override;
  void answered(std::string reply, ErrorCode error) override;
  void failed(const std::string& reason) override;

  void await_request();
  void receive();
  void received(std::string_view bytes);
  void submit();
  /// Why the guest may not ask now; empty if it may.
  [[nodiscard]] std::string objection() const;
  void refuse_malformed();
  void discard_input();
  void fail(std::uint64_t GuestCounters::*counter, ErrorCode code, const std::string& reason);
  void respond(std::string reply);
  void send();

  Host& host_;
  UniqueFd fd_;
  std::shared_ptr<Guest> guest_;
  State state_ = State::reading;
  bool last_reply_ = false;
  RequestKind kind_ = RequestKind::quote;
  /// Of the request.
  TimePoint begun_;
  RequestReader reader_;
  /// Set while waiting; owned by the dispatcher.
  Job* job_ = nullptr;
  std::string reply_;
  std::size_t sent_ = 0;
};

}  // namespace vsockfwd::qgs

#endif  // VSOCKFWD_QGS_MUX_CLIENT_H
