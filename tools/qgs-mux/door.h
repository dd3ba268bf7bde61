// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_QGS_MUX_DOOR_H
#define VSOCKFWD_QGS_MUX_DOOR_H

#include <cstdint>
#include <memory>
#include <string>

#include "lib/event_loop.h"
#include "lib/listen_socket.h"
#include "lib/unique_fd.h"

namespace vsockfwd::qgs {

/// A listening socket through which guests come in. To be owned as Retiring.
class Door final : public EventHandler, Timer {
 public:
  class Host {
   public:
    virtual EventLoop& loop() = 0;
    virtual void guest_came(UniqueFd fd, const std::string& guest) = 0;

   protected:
    ~Host() = default;
  };

  /// The guest's name, if only one comes in here. Otherwise they are told apart: by their CIDs, or
  /// by the processes of their VMMs.
  Door(Host& host, std::shared_ptr<const ListenSocket> socket, std::string guest = {});
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  /// Lets go of the socket, and takes nobody more.
  void close();

  [[nodiscard]] EventLoop& loop() const { return host_.loop(); }
  [[nodiscard]] const std::shared_ptr<const ListenSocket>& socket() const { return socket_; }

 private:
  void on_events(std::uint32_t events, unsigned tag) override;
  void on_timer() override;

  Host& host_;
  std::shared_ptr<const ListenSocket> socket_;
  std::string guest_;
};

}  // namespace vsockfwd::qgs

#endif  // VSOCKFWD_QGS_MUX_DOOR_H
