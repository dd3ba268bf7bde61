// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_QGS_MUX_MUX_H
#define VSOCKFWD_QGS_MUX_MUX_H

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lib/event_loop.h"
#include "lib/inherited_sockets.h"
#include "lib/listen_socket.h"
#include "lib/result.h"
#include "lib/unique_fd.h"
#include "qgs-mux/client.h"
#include "qgs-mux/config.h"
#include "qgs-mux/directory_watch.h"
#include "qgs-mux/dispatcher.h"
#include "qgs-mux/door.h"
#include "qgs-mux/guest.h"

namespace vsockfwd::qgs {

struct ServiceStatus {
  std::string address;
  bool up = false;
  /// Why it is not up; empty if it is.
  std::string trouble;
  std::size_t busy = 0;
  std::uint32_t threads = 0;
  ServiceCounters counters;
};

struct WatchStatus {
  std::string path;
  /// Folders of guests, and those of them with a socket.
  std::size_t guests = 0;
  std::size_t open = 0;
};

struct GuestStatus {
  std::string name;
  std::uint32_t connections = 0;
  std::size_t queued = 0;
  GuestCounters counters;
};

struct MuxStatus {
  std::vector<ServiceStatus> services;
  std::vector<std::string> listeners;
  std::vector<WatchStatus> watches;
  std::vector<GuestStatus> guests;
  /// Of all guests, those that are forgotten too.
  GuestCounters total;
  std::size_t connections = 0;
  std::size_t queued = 0;
  /// Connections that were closed at once because of a limit.
  std::uint64_t turned_away = 0;
};

/// The multiplexer: many guests in front, a few services behind. All in the thread of one loop:
/// what takes time is done by the services.
class Mux final : public Client::Host, public Door::Host, Timer {
 public:
  static Result<std::unique_ptr<Mux>> start(EventLoop& loop, Config config,
                                            InheritedSockets inherited);
  ~Mux() override;
  Mux(const Mux&) = delete;
  Mux& operator=(const Mux&) = delete;

  /// Puts another configuration into force. If it fails, the old one stays.
  Result<void> reload(Config config);
  /// Takes no more connections, finishes what is asked, and stops the loop.
  void drain();

  [[nodiscard]] MuxStatus status() const;

 private:
  /// What a configuration opens.
  struct Fronts {
    std::map<std::string, std::vector<Retiring<Door>>> doors;
    std::vector<Retiring<DirectoryWatch>> watches;
  };

  Mux(EventLoop& loop, InheritedSockets inherited)
      : loop_(loop), inherited_(std::move(inherited)), dispatcher_(loop) {}

  Result<Fronts> open_fronts(const Config& config);
  Result<ListenSockets> find_sockets(const ListenerConfig& listener);
  /// Takes over from the old fronts what goes on.
  void replace_fronts(Fronts fronts, const Config& config);

  EventLoop& loop() override { return loop_; }
  Dispatcher& dispatcher() override { return dispatcher_; }
  [[nodiscard]] const Config& config() const override { return config_; }
  [[nodiscard]] bool draining() const override { return draining_; }
  void client_left(Client& client) override;
  void guest_came(UniqueFd fd, const std::string& guest) override;
  void on_timer() override;

  EventLoop& loop_;
  Config config_;
  InheritedSockets inherited_;
  GuestTable guests_;
  Dispatcher dispatcher_;
  Fronts fronts_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::uint64_t turned_away_ = 0;
  bool draining_ = false;
};

}  // namespace vsockfwd::qgs

#endif  // VSOCKFWD_QGS_MUX_MUX_H
