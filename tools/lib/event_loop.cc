// SPDX-License-Identifier: Apache-2.0
#include "lib/event_loop.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>

namespace vsockfwd {
namespace {

constexpr std::uintptr_t tag_mask = alignof(EventHandler) - 1;

TimePoint read_clock() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(Clock::now());
}

epoll_event make_event(std::uint32_t events, const EventHandler* handler, unsigned tag) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = reinterpret_cast<std::uintptr_t>(handler) | tag;
  return event;
}

}  // namespace

EventLoop::EventLoop()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wakeup_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      now_(read_clock()) {
  // Of no handler: it only ends the wait.
  auto event = make_event(EPOLLIN | EPOLLET, nullptr, 0);
  if (!epoll_ || !wakeup_ || ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wakeup_.get(), &event) < 0) {
    throw std::system_error(errno, std::generic_category(), "cannot make an event loop");
  }
}

bool EventLoop::watch(int fd, std::uint32_t events, EventHandler& handler, unsigned tag) {
  auto event = make_event(events, &handler, tag);
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0) return true;
  return errno == EEXIST && ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) == 0;
}

bool EventLoop::rewatch(int fd, std::uint32_t events, EventHandler& handler, unsigned tag) {
  auto event = make_event(events, &handler, tag);
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) == 0) return true;
  return errno == ENOENT && ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void EventLoop::unwatch(int fd) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void EventLoop::call_again(EventHandler& handler) {
  again_.push_back(&handler);
}

void EventLoop::retire(std::unique_ptr<EventHandler> handler) {
  std::erase(again_, handler.get());
  retired_.push_back(std::move(handler));
}

void EventLoop::enqueue(std::unique_ptr<Task> task) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = tasks_.empty();
    tasks_.push_back(std::move(task));
  }
  if (!first) return;
  const std::uint64_t one = 1;
  // Fails only if the counter is full, and then the loop is awake anyway.
  [[maybe_unused]] const auto ignored = ::write(wakeup_.get(), &one, sizeof(one));
}

void EventLoop::run() {
  while (!std::exchange(stopped_, false)) turn();
}

void EventLoop::turn() {
  const int count =
      ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), wait_time());
  now_ = read_clock();
  // Taken before the events are served: who exhausts his share in this turn comes in the next.
  const auto again = std::exchange(again_, {});
  for (int i = 0; i < count; ++i) {
    const auto& event = events_[static_cast<std::size_t>(i)];
    const auto handler = event.data.u64 & ~std::uint64_t{tag_mask};
    if (handler == 0) continue;
    reinterpret_cast<EventHandler*>(handler)->on_events(
        event.events, static_cast<unsigned>(event.data.u64 & tag_mask));
  }
  for (auto* handler : again) handler->on_events(0, 0);
  timers_.run(now_);
  run_tasks();
  retired_.clear();
}

int EventLoop::wait_time() const {
  if (!again_.empty()) return 0;
  const auto next = timers_.next();
  if (!next) return -1;
  // The clock is read anew, as the turn before may have been long. One more, as both are rounded.
  const auto left = (*next - read_clock()).count() + 1;
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
}

void EventLoop::run_tasks() {
  std::vector<std::unique_ptr<Task>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (const auto& task : tasks) task->run();
}

}  // namespace vsockfwd
