// SPDX-License-Identifier: GPL-2.0
#include "relay/load/event_loop.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace vsockfwd::relay_load {
namespace {

void control(const UniqueFd& epoll, int operation, int fd, std::uint32_t events, Watcher& watcher) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &watcher;
  if (::epoll_ctl(epoll.get(), operation, fd, &event) < 0) {
    throw std::system_error(errno, std::generic_category(), "cannot watch a descriptor");
  }
}

}  // namespace

EventLoop::EventLoop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) throw std::system_error(errno, std::generic_category(), "cannot make an epoll");
}

void EventLoop::watch(int fd, std::uint32_t events, Watcher& watcher) {
  control(epoll_, EPOLL_CTL_ADD, fd, events, watcher);
}

void EventLoop::change(int fd, std::uint32_t events, Watcher& watcher) {
  control(epoll_, EPOLL_CTL_MOD, fd, events, watcher);
}

void EventLoop::unwatch(int fd) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void EventLoop::run() {
  std::array<epoll_event, 64> events{};
  while (running_) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), -1);
    if (count < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "cannot wait for events");
    }
    for (int i = 0; i < count; ++i) {
      const auto& event = events.at(static_cast<std::size_t>(i));
      static_cast<Watcher*>(event.data.ptr)->on_events(event.events);
    }
  }
}

}  // namespace vsockfwd::relay_load
