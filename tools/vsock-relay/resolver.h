// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_RESOLVER_H
#define VSOCKFWD_VSOCK_RELAY_RESOLVER_H

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lib/event_loop.h"
#include "lib/result.h"
#include "lib/socket_address.h"

struct ares_channeldata;
struct ares_addrinfo;

namespace vsockfwd::relay {

/// Finds the addresses of names, in DNS and /etc/hosts, without blocking. What is found is kept for
/// as long as DNS says, and used for longer while DNS does not answer.
class Resolver final : private Timer {
 public:
  /// Who asks.
  class Client {
   public:
    /// The addresses, best first, never none, with port 0.
    virtual void resolved(const Result<std::vector<SocketAddress>>& addresses) = 0;

   protected:
    ~Client() = default;
  };

  /// Asks the servers of /etc/resolv.conf, or `servers`: ADDRESS:PORT, separated by commas.
  explicit Resolver(EventLoop& loop, std::string servers = {});
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  ~Resolver() override;

  /// The answer may come before this returns. Until it comes, the client must stay, or cancel().
  void resolve(const std::string& name, Client& client);
  void cancel(Client& client);

  /// Reads /etc/resolv.conf anew, and forgets nothing. Happens by itself when the file has changed.
  void reload();

 private:
  class Socket;
  struct Query;
  struct Entry {
    std::vector<SocketAddress> addresses;
    TimePoint fresh_until = TimePoint::min();
    TimePoint usable_until = TimePoint::min();
    /// A query is under way if there are any.
    std::vector<Client*> clients;
  };

  [[nodiscard]] ares_channeldata* open_channel();
  void ask(const std::string& name);
  void answered(const std::string& name, int status, const ares_addrinfo* answer);
  void watch_socket(int fd, bool reads, bool writes);
  void process(int read_fd, int write_fd);
  void arm_timer();
  void on_timer() override;

  EventLoop& loop_;
  std::string servers_;
  ares_channeldata* channel_ = nullptr;
  /// Of /etc/resolv.conf when `channel_` was opened.
  std::filesystem::file_time_type settings_time_;
  /// How many calls into c-ares are under way: a channel must not go while it calls us.
  int calls_ = 0;
  std::map<int, std::unique_ptr<Socket>> sockets_;
  std::map<std::string, Entry> entries_;
};

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_RESOLVER_H
