// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_DIAL_H
#define VSOCKFWD_VSOCK_RELAY_DIAL_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lib/backoff.h"
#include "lib/socket_address.h"
#include "vsock-relay/config.h"
#include "vsock-relay/worker.h"

namespace vsockfwd::relay {

/// Reaches one of the targets of a Dialer: tries each address of each target in turn, round after
/// round, with pauses that grow.
class Dial final : public EventHandler, private Timer, private Resolver::Client {
 public:
  /// Who wants the connection. Told the outcome once, maybe before start() returns, unless the
  /// Dial goes first. The Dial must stay until the turn is over.
  class Owner {
   public:
    virtual void connected(UniqueFd fd) = 0;
    /// The error names what was tried in the last round.
    virtual void unreachable(const Error& error) = 0;
    /// A target cannot be reached, and another follows. Told any number of times before the above.
    virtual void trying_next(const Error& error) = 0;
    /// A round has failed, and there will be another. Told any number of times before the above.
    virtual void trying_again(const Error& error) = 0;

   protected:
    ~Owner() = default;
  };

  /// `dialer` must outlive this.
  Dial(Worker& worker, const Dialer& dialer, milliseconds timeout, Owner& owner);
  Dial(const Dial&) = delete;
  Dial& operator=(const Dial&) = delete;
  ~Dial() override;

  void start();

  void on_events(std::uint32_t events, unsigned tag) override;

 private:
  /// What the timer, or an event of the socket, stands for.
  enum class State { idle, resolving, connecting, handshaking, backing_off, waiting_for_room };

  void begin_target();
  void resolved(const Result<std::vector<SocketAddress>>& addresses) override;
  void try_addresses(std::vector<SocketAddress> addresses);
  void begin_address();
  void connect();
  void connect_done();
  void send_request();
  void read_answer();
  void address_failed(Error error);
  void target_failed();
  void round_failed();
  void succeeded();
  void wait_for_room();
  void on_timer() override;

  [[nodiscard]] const Address& target() const { return dialer_.targets[target_]; }

  Worker& worker_;
  const Dialer& dialer_;
  milliseconds timeout_;
  Owner& owner_;
  State state_ = State::idle;
  std::uint32_t round_ = 0;
  std::size_t target_ = 0;
  std::vector<SocketAddress> addresses_;
  std::size_t address_ = 0;
  /// Of the attempt under way.
  TimePoint give_up_;
  UniqueFd fd_;
  Backoff backoff_;
  /// Of the attempt that failed last.
  Error last_error_;
  /// What is wrong with the targets of this round, in words.
  std::string failures_;
};

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_DIAL_H
