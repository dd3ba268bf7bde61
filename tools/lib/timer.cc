// SPDX-License-Identifier: Apache-2.0
#include "lib/timer.h"

#include <utility>

namespace vsockfwd {

void TimerQueue::arm(Timer& timer, TimePoint when) {
  if (!timer.armed()) {
    timer.place_ = static_cast<std::uint32_t>(heap_.size());
    heap_.push_back({when, &timer});
  }
  const auto place = timer.place_;
  heap_[place].when = when;
  sift_up(place);
  sift_down(timer.place_);
}

void TimerQueue::disarm(Timer& timer) {
  if (!timer.armed()) return;
  const auto place = std::exchange(timer.place_, Timer::nowhere);
  const Entry last = heap_.back();
  heap_.pop_back();
  if (last.timer == &timer) return;
  put(place, last);
  sift_up(place);
  sift_down(last.timer->place_);
}

std::optional<TimePoint> TimerQueue::next() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().when;
}

void TimerQueue::run(TimePoint now) {
  while (!heap_.empty() && heap_.front().when <= now) {
    Timer& due = *heap_.front().timer;
    disarm(due);
    due.on_timer();
  }
}

void TimerQueue::put(std::uint32_t place, Entry entry) {
  heap_[place] = entry;
  entry.timer->place_ = place;
}

void TimerQueue::sift_up(std::uint32_t place) {
  const Entry moving = heap_[place];
  while (place > 0) {
    const auto parent = (place - 1) / 2;
    if (heap_[parent].when <= moving.when) break;
    put(place, heap_[parent]);
    place = parent;
  }
  put(place, moving);
}

void TimerQueue::sift_down(std::uint32_t place) {
  const Entry moving = heap_[place];
  for (;;) {
    auto child = 2 * place + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1].when < heap_[child].when) ++child;
    if (heap_[child].when >= moving.when) break;
    put(place, heap_[child]);
    place = child;
  }
  put(place, moving);
}

}  // namespace vsockfwd
