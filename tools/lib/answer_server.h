// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_ANSWER_SERVER_H
#define VSOCKFWD_LIB_ANSWER_SERVER_H

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/address.h"
#include "lib/event_loop.h"
#include "lib/result.h"
#include "lib/retiring.h"
#include "lib/socket_address.h"
#include "lib/socket_file.h"
#include "lib/timer.h"

namespace vsockfwd {

/// Makes the answer to what a client has sent so far; nothing as long as the request is incomplete.
using Answerer = std::function<std::optional<std::string>(std::string_view received)>;

/// Answers one short request per connection. Whatever clients do, it costs a bounded amount of
/// memory, time and descriptors.
class AnswerServer final : public EventHandler, Timer {
 public:
  /// Listens on a tcp: address in figures, or on a unix: one whose file gets these permissions. The
  /// loop and what `answer` refers to must outlive the server.
  static Result<Retiring<AnswerServer>> start(EventLoop& loop, const Address& address, mode_t mode,
                                              Answerer answer);
  ~AnswerServer() override;

  /// Nobody is answered from now on.
  void close();

  [[nodiscard]] EventLoop& loop() const { return loop_; }
  [[nodiscard]] const Address& address() const { return address_; }

 private:
  class Client;

  AnswerServer(EventLoop& loop, Address address, Answerer answer);

  Result<void> listen(mode_t mode);
  [[nodiscard]] Result<SocketAddress> socket_address() const;
  void on_events(std::uint32_t events, unsigned tag) override;
  void on_timer() override { accept_more(true); }
  /// Takes new clients, or leaves them in the backlog.
  void accept_more(bool more);
  void drop(Client& client);

  EventLoop& loop_;
  Address address_;
  Answerer answer_;
  UniqueFd listener_;
  /// Of a unix: address.
  std::optional<SocketFile> file_;
  /// In the order in which they came.
  std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_ANSWER_SERVER_H
