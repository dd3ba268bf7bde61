// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_RELAY_LOAD_EVENT_LOOP_H
#define VSOCKFWD_RELAY_LOAD_EVENT_LOOP_H

#include <cstdint>

#include "lib/unique_fd.h"

namespace vsockfwd::relay_load {

/// Who is told what happens to a descriptor.
class Watcher {
 public:
  virtual ~Watcher() = default;
  /// `events` as of epoll(7). May delete this object, and no other.
  virtual void on_events(std::uint32_t events) = 0;
};

/// Level-triggered, in one thread. What cannot be watched ends the program.
class EventLoop {
 public:
  EventLoop();

  /// `watcher` must live until the descriptor is closed, which ends the watch.
  void watch(int fd, std::uint32_t events, Watcher& watcher);
  /// Watches for other events from now on.
  void change(int fd, std::uint32_t events, Watcher& watcher);

  /// Ends the watch of a descriptor that stays open.
  void unwatch(int fd);

  /// Until stop() is called.
  void run();
  void stop() { running_ = false; }

 private:
  UniqueFd epoll_;
  bool running_ = true;
};

}  // namespace vsockfwd::relay_load

#endif  // VSOCKFWD_RELAY_LOAD_EVENT_LOOP_H
