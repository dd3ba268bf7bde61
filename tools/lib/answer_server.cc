// SPDX-License-Identifier: Apache-2.0
#include "lib/answer_server.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <utility>
#include <variant>

#include "lib/listen_socket.h"
#include "lib/socket.h"
#include "lib/socket_address.h"
#include "lib/timer.h"

namespace vsockfwd {
namespace {

constexpr std::size_t most_clients = 16;
constexpr std::size_t longest_request = 4096;
/// From accept to the last byte of the answer.
constexpr std::chrono::seconds longest_visit{5};
/// After a failed accept.
constexpr std::chrono::milliseconds pause{100};
constexpr int backlog = 64;

}  // namespace

/// One client, from accept to close.
class AnswerServer::Client final : public EventHandler, public Timer {
 public:
  Client(AnswerServer& server, UniqueFd socket) : server_(server), socket_(std::move(socket)) {
    server_.loop_.arm_after(*this, longest_visit);
    server_.loop_.watch(socket_.get(), EPOLLIN, *this);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() override { close(); }

  /// From now on, nothing happens to it.
  void close() {
    server_.loop_.timers().disarm(*this);
    server_.loop_.unwatch(socket_.get());
    socket_.reset();
  }

 private:
  void on_events(std::uint32_t /*events*/, unsigned /*tag*/) override {
    if (!socket_) return;  // closed earlier in this turn
    const bool goes_on = answer_.empty() ? receive() : send();
    if (!goes_on && socket_) server_.drop(*this);
  }

  void on_timer() override { server_.drop(*this); }

  /// Whether there is more to do.
  bool receive() {
    std::array<char, longest_request> buffer;
    const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    if (count == 0 || request_.size() + static_cast<std::size_t>(count) > longest_request) {
      return false;
    }
    request_.append(buffer.data(), static_cast<std::size_t>(count));
    auto answer = server_.answer_(request_);
    if (!answer) return true;
    answer_ = std::move(*answer);
    server_.loop_.watch(socket_.get(), EPOLLOUT, *this);
    return send();
  }

  /// Whether there is more to do.
  bool send() {
    const auto count = ::send(socket_.get(), answer_.data() + sent_, answer_.size() - sent_,
                              MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    sent_ += static_cast<std::size_t>(count);
    return sent_ < answer_.size();
  }

  AnswerServer& server_;
  UniqueFd socket_;
  std::string request_;
  /// Empty until the request is complete.
  std::string answer_;
  std::size_t sent_ = 0;
};

AnswerServer::AnswerServer(EventLoop& loop, Address address, Answerer answer)
    : loop_(loop), address_(std::move(address)), answer_(std::move(answer)) {}

AnswerServer::~AnswerServer() {
  close();
}

void AnswerServer::close() {
  loop_.timers().disarm(*this);
  if (listener_) loop_.unwatch(listener_.get());
  listener_.reset();
  file_.reset();
  while (!clients_.empty()) drop(*clients_.back());
}

Result<Retiring<AnswerServer>> AnswerServer::start(EventLoop& loop, const Address& address,
                                                   mode_t mode, Answerer answer) {
  Retiring<AnswerServer> server(new AnswerServer(loop, address, std::move(answer)));
  if (auto fine = server->listen(mode); !fine) {
    return Failure(cannot_listen(address, fine.error()));
  }
  server->accept_more(true);
  return server;
}

Result<void> AnswerServer::listen(mode_t mode) {
  const auto* const path = std::get_if<UnixAddress>(&address_);
  if (path != nullptr && !path->abstract) {
    return open_stream_socket(AF_UNIX)
        .and_then([&](UniqueFd&& socket) {
          listener_ = std::move(socket);
          return SocketFile::listen(listener_.get(), path->path, {mode, {}}, backlog);
        })
        .map([this](SocketFile&& file) { file_.emplace(std::move(file)); });
  }
  return socket_address()
      .and_then([](const SocketAddress& address) { return open_listener(address, backlog); })
      .map([this](UniqueFd&& socket) { listener_ = std::move(socket); });
}

Result<SocketAddress> AnswerServer::socket_address() const {
  if (const auto* const name = std::get_if<UnixAddress>(&address_)) {
    return SocketAddress::unix_socket(*name);
  }
  const auto* const tcp = std::get_if<TcpAddress>(&address_);
  const auto address = tcp == nullptr ? std::nullopt : SocketAddress::ip(tcp->host, tcp->port);
  if (address) return *address;
  return Failure(Error{"it has no path", "give a path, or an IP address in figures"});
}

void AnswerServer::accept_more(bool more) {
  loop_.watch(listener_.get(), more ? EPOLLIN : 0U, *this);
}

void AnswerServer::on_events(std::uint32_t /*events*/, unsigned /*tag*/) {
  if (!listener_) return;  // closed earlier in this turn
  UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (socket) {
    // Who came first had the longest time. Newcomers get their turn, however many dawdle.
    if (clients_.size() >= most_clients) drop(*clients_.front());
    clients_.push_back(std::make_unique<Client>(*this, std::move(socket)));
  } else if (errno != EAGAIN && errno != ECONNABORTED) {
    // Out of descriptors, most likely. Asking again at once would only heat the processor.
    accept_more(false);
    loop_.arm_after(*this, pause);
  }
}

void AnswerServer::drop(Client& client) {
  client.close();
  const auto place = std::find_if(clients_.begin(), clients_.end(),
                                  [&client](const auto& owned) { return owned.get() == &client; });
  // Not destroyed here: one of its methods may be running.
  loop_.retire(std::move(*place));
  clients_.erase(place);
}

}  // namespace vsockfwd
