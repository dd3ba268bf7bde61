// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/resolver.h"

#include <ares.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/time.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <new>
#include <system_error>
#include <utility>

namespace vsockfwd::relay {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A server that wants each connection to ask anew is not indulged; nor one that would have us
/// believe for days. /etc/hosts says 0.
constexpr seconds shortest_life{1};
constexpr seconds longest_life = hours(1);
/// How long an address may be used after its time, if DNS does not answer, and when to ask again.
constexpr seconds longest_reuse = hours(24);
constexpr seconds ask_again{10};
/// For the first answer; the second and last try takes twice as long.
constexpr milliseconds answer_time{1500};
constexpr int tries = 2;

struct FreeAnswer {
  void operator()(ares_addrinfo* answer) const { ::ares_freeaddrinfo(answer); }
};

std::vector<SocketAddress> addresses_of(const ares_addrinfo* answer) {
  std::vector<SocketAddress> addresses;
  for (auto* node = answer->nodes; node != nullptr; node = node->ai_next) {
    addresses.emplace_back(node->ai_addr, node->ai_addrlen);
  }
  return addresses;
}

/// An alias on the way to the addresses may live for less long than they do.
seconds life_of(const ares_addrinfo* answer) {
  seconds life = longest_life;
  for (auto* alias = answer->cnames; alias != nullptr; alias = alias->next) {
    life = std::min(life, seconds(alias->ttl));
  }
  for (auto* node = answer->nodes; node != nullptr; node = node->ai_next) {
    life = std::min(life, seconds(node->ai_ttl));
  }
  return std::max(life, shortest_life);
}

/// When /etc/resolv.conf has changed; the same time again and again while there is none.
std::filesystem::file_time_type time_of_settings() {
  std::error_code ignored;
  return std::filesystem::last_write_time("/etc/resolv.conf", ignored);
}

/// Whether it is an answer that there is no such name, or no address: not the lack of an answer.
bool says_none(int status) {
  return status == ARES_ENOTFOUND || status == ARES_ENODATA;
}

}  // namespace

/// One of the sockets of c-ares.
class Resolver::Socket final : public EventHandler {
 public:
  Socket(Resolver& resolver, int fd) : resolver_(resolver), fd_(fd) {}

  void on_events(std::uint32_t events, unsigned /*tag*/) override {
    if (!resolver_.sockets_.contains(fd_)) return;
    const bool failed = (events & (EPOLLERR | EPOLLHUP)) != 0;
    resolver_.process(failed || (events & EPOLLIN) != 0 ? fd_ : ARES_SOCKET_BAD,
                      failed || (events & EPOLLOUT) != 0 ? fd_ : ARES_SOCKET_BAD);
  }

 private:
  Resolver& resolver_;
  int fd_;
};

struct Resolver::Query {
  Resolver& resolver;
  std::string name;
};

Resolver::Resolver(EventLoop& loop, std::string servers)
    : loop_(loop), servers_(std::move(servers)) {
  // Safe to be called again, but not by several threads at once.
  static const int initialised = ::ares_library_init(ARES_LIB_INIT_ALL);
  if (initialised != ARES_SUCCESS) throw std::bad_alloc();
  channel_ = open_channel();
}

Resolver::~Resolver() {
  // Who still asks gets an error.
  ::ares_destroy(std::exchange(channel_, nullptr));
  loop_.timers().disarm(*this);
}

ares_channeldata* Resolver::open_channel() {
  ares_options options{};
  options.timeout = static_cast<int>(answer_time.count());
  options.tries = tries;
  options.sock_state_cb = [](void* self, ares_socket_t fd, int reads, int writes) {
    static_cast<Resolver*>(self)->watch_socket(fd, reads != 0, writes != 0);
  };
  options.sock_state_cb_data = this;
  settings_time_ = time_of_settings();
  ares_channeldata* channel = nullptr;
  const int status = ::ares_init_options(
      &channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
  // An unreadable resolv.conf is no reason to fail: c-ares then asks this machine.
  if (status != ARES_SUCCESS) throw std::bad_alloc();
  if (!servers_.empty()) ::ares_set_servers_ports_csv(channel, servers_.c_str());
  return channel;
}

void Resolver::reload() {
  // Queries under way are asked anew, by the new channel.
  ::ares_destroy(std::exchange(channel_, open_channel()));
}

void Resolver::resolve(const std::string& name, Client& client) {
  auto& entry = entries_[name];
  if (loop_.now() < entry.fresh_until) return client.resolved(entry.addresses);
  entry.clients.push_back(&client);
  if (entry.clients.size() > 1) return;
  if (calls_ == 0 && settings_time_ != time_of_settings()) reload();
  ask(name);
}

void Resolver::cancel(Client& client) {
  // The answer is still of use to others, so its query goes on.
  for (auto& [name, entry] : entries_) std::ranges::replace(entry.clients, &client, nullptr);
}

void Resolver::ask(const std::string& name) {
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  auto query = std::make_unique<Query>(Query{*this, name});
  const auto callback = [](void* data, int status, int /*timeouts*/, ares_addrinfo* found) {
    const std::unique_ptr<Query> answered_query(static_cast<Query*>(data));
    const std::unique_ptr<ares_addrinfo, FreeAnswer> answer(found);
    answered_query->resolver.answered(answered_query->name, status, answer.get());
  };
  ++calls_;
  ::ares_getaddrinfo(channel_, name.c_str(), nullptr, &hints, callback, query.release());
  --calls_;
  arm_timer();
}

void Resolver::answered(const std::string& name, int status, const ares_addrinfo* answer) {
  if (status == ARES_EDESTRUCTION && channel_ != nullptr) return ask(name);
  // An alias that leads to no address.
  if (status == ARES_SUCCESS && answer->nodes == nullptr) status = ARES_ENODATA;
  auto& entry = entries_[name];
  const auto now = loop_.now();
  if (status == ARES_SUCCESS) {
    entry.addresses = addresses_of(answer);
    entry.fresh_until = now + life_of(answer);
    entry.usable_until = entry.fresh_until + longest_reuse;
  } else if (says_none(status)) {
    entry.usable_until = TimePoint::min();
  } else if (now < entry.usable_until) {
    entry.fresh_until = now + ask_again;
  }

  Result<std::vector<SocketAddress>> result = entry.addresses;
  if (now >= entry.usable_until) {
    result = Failure(
        Error{fmt::format("cannot resolve {:?}: {}", name, ::ares_strerror(status)), {}, 0});
  }
  // A client may ask again at once.
  for (auto* client : std::exchange(entry.clients, {})) {
    if (client != nullptr) client->resolved(result);
  }
}

void Resolver::watch_socket(int fd, bool reads, bool writes) {
  if (!reads && !writes) {
    const auto socket = sockets_.extract(fd);
    if (socket.empty()) return;
    loop_.unwatch(fd);
    return loop_.retire(std::move(socket.mapped()));
  }
  auto& socket = sockets_[fd];
  if (!socket) socket = std::make_unique<Socket>(*this, fd);
  loop_.rewatch(fd, (reads ? EPOLLIN : 0U) | (writes ? EPOLLOUT : 0U), *socket);
}

void Resolver::process(int read_fd, int write_fd) {
  ++calls_;
  ::ares_process_fd(channel_, read_fd, write_fd);
  --calls_;
  arm_timer();
}

void Resolver::arm_timer() {
  timeval space{};
  const timeval* const wait = ::ares_timeout(channel_, nullptr, &space);
  if (wait == nullptr) return loop_.timers().disarm(*this);
  loop_.arm_after(*this, milliseconds(wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1));
}

void Resolver::on_timer() {
  process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

}  // namespace vsockfwd::relay
