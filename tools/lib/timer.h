// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_TIMER_H
#define VSOCKFWD_LIB_TIMER_H

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace vsockfwd {

using Clock = std::chrono::steady_clock;
using TimePoint = std::chrono::time_point<Clock, std::chrono::milliseconds>;

/// Something that happens once, later. To be disarmed before it goes.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  [[nodiscard]] bool armed() const { return place_ != nowhere; }

 protected:
  virtual ~Timer() = default;

 private:
  friend class TimerQueue;

  static constexpr std::uint32_t nowhere = ~std::uint32_t{0};

  /// Called when the time has come; the timer is no longer armed then.
  virtual void on_timer() = 0;

  std::uint32_t place_ = nowhere;
};

/// The timers of one thread, in a binary heap: most of them are disarmed before they are due.
class TimerQueue {
 public:
  /// Arms the timer, or moves it if it is armed.
  void arm(Timer& timer, TimePoint when);
  void disarm(Timer& timer);

  /// When there is something to do.
  [[nodiscard]] std::optional<TimePoint> next() const;
  /// Fires what is due.
  void run(TimePoint now);

 private:
  struct Entry {
    TimePoint when;
    Timer* timer;
  };

  void put(std::uint32_t place, Entry entry);
  void sift_up(std::uint32_t place);
  void sift_down(std::uint32_t place);

  std::vector<Entry> heap_;
};

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_TIMER_H
