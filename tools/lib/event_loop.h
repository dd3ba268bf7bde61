// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_EVENT_LOOP_H
#define VSOCKFWD_LIB_EVENT_LOOP_H

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "lib/timer.h"
#include "lib/unique_fd.h"

namespace vsockfwd {

/// Told when something happens to a descriptor. Aligned, so that a tag fits into its address.
class alignas(8) EventHandler {
 public:
  EventHandler() = default;
  EventHandler(const EventHandler&) = delete;
  EventHandler& operator=(const EventHandler&) = delete;
  virtual ~EventHandler() = default;

  /// `events` are those of epoll, 0 after EventLoop::call_again(). `tag` is what was given to
  /// watch(). May still come after unwatch() and retire(), until the turn is
  /// over.
  virtual void on_events(std::uint32_t events, unsigned tag) = 0;
};

/// One thread's epoll, timers, and messages from other threads. Every method but post() is for that
/// thread alone, or for any other while it does not run.
class EventLoop {
 public:
  EventLoop();

  /// Watches a descriptor; if it is watched already, from now on so, and for this handler. `tag` is
  /// 0 to 7. False if the kernel has no memory or no watches left. Closing the descriptor ends it.
  bool watch(int fd, std::uint32_t events, EventHandler& handler, unsigned tag = 0);
  /// The same, and faster for one that is watched already.
  bool rewatch(int fd, std::uint32_t events, EventHandler& handler, unsigned tag = 0);
  void unwatch(int fd);

  /// Calls the handler in the next turn: it has more to do, but it is the others' turn now.
  void call_again(EventHandler& handler);
  /// Destroys a handler when no event of this turn can be on the way to it any more.
  void retire(std::unique_ptr<EventHandler> handler);

  /// Runs `task` in the loop's thread. May be called from any thread.
  template <typename Function>
  void post(Function task) {
    enqueue(std::make_unique<TaskOf<Function>>(std::move(task)));
  }

  /// Runs until stop(), which may have been called before.
  void run();
  void stop() { stopped_ = true; }

  TimerQueue& timers() { return timers_; }
  void arm_after(Timer& timer, std::chrono::milliseconds time) { timers_.arm(timer, now_ + time); }
  /// The time at which this turn began.
  [[nodiscard]] TimePoint now() const { return now_; }

 private:
  struct Task {
    Task() = default;
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    virtual ~Task() = default;
    virtual void run() = 0;
  };
  template <typename Function>
  struct TaskOf final : Task {
    explicit TaskOf(Function given) : function(std::move(given)) {}
    void run() override { function(); }
    Function function;
  };

  void enqueue(std::unique_ptr<Task> task);
  void turn();
  [[nodiscard]] int wait_time() const;
  void run_tasks();

  UniqueFd epoll_;
  UniqueFd wakeup_;
  TimerQueue timers_;
  TimePoint now_;
  bool stopped_ = false;
  std::array<epoll_event, 256> events_{};
  std::vector<EventHandler*> again_;
  std::vector<std::unique_ptr<EventHandler>> retired_;

  std::mutex mutex_;
  /// Guarded by `mutex_`.
  std::vector<std::unique_ptr<Task>> tasks_;
};

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_EVENT_LOOP_H
