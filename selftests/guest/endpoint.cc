// SPDX-License-Identifier: GPL-2.0
#include "guest/endpoint.h"

#include <fmt/format.h>

#include <cerrno>
#include <random>

namespace vsockfwd::guest {
namespace {

constexpr std::uint32_t first_unprivileged_port = 1024;

/// Ports begin anywhere, so that a guest that comes up again does not run into connections that the
/// host still has with the former one.
std::uint32_t random_port() {
  std::random_device random;
  return std::uniform_int_distribution<std::uint32_t>(first_unprivileged_port, 1U << 31)(random);
}

}  // namespace

Endpoint::Endpoint(UserspaceGuest& guest, Observer observer)
    : guest_(guest), observer_(std::move(observer)), next_port_(random_port()) {}

Endpoint::~Endpoint() {
  // These have no user yet, and say good-bye through us.
  accepted_.clear();
}

std::size_t Endpoint::payload_capacity() const {
  return guest_.payload_capacity();
}

bool Endpoint::try_send(const PacketHeader& header, std::span<const std::byte> payload) {
  send_delayed();
  return delayed_.empty() && guest_.stage(header, payload);
}

void Endpoint::send_soon(const PacketHeader& header) {
  if (!try_send(header, {})) delayed_.push_back(header);
  flush();
}

void Endpoint::flush() {
  guest_.flush();
}

void Endpoint::send_delayed() {
  while (!delayed_.empty() && guest_.stage(delayed_.front())) delayed_.pop_front();
}

Result<bool> Endpoint::poll(Deadline deadline) {
  send_delayed();
  if (handle_received()) {
    guest_.flush();
    return true;
  }
  return guest_.wait(deadline);
}

bool Endpoint::handle_received() {
  bool any = false;
  while (const auto packet = guest_.take()) {
    any = true;
    if (observer_) observer_(packet->header);
    handle(packet->header, packet->payload);
    guest_.give_back(*packet);
  }
  return any;
}

void Endpoint::handle(const PacketHeader& header, std::span<const std::byte> payload) {
  const ConnectionKey key{
      .type = static_cast<SocketType>(header.type), .local = header.dst, .peer = header.src};
  if (Connection* const connection = find(key)) {
    connection->handle(header, payload);
  } else if (header.op == VIRTIO_VSOCK_OP_REQUEST &&
             listening_.contains({key.type, key.local.port})) {
    accepted_.push_back(add_connection(key));
    accepted_.back()->respond(header);
  } else {
    answer_stranger(header);
  }
}

void Endpoint::answer_stranger(const PacketHeader& header) {
  if (header.op == VIRTIO_VSOCK_OP_RST) return;
  send_soon({.src = header.dst, .dst = header.src, .type = header.type, .op = VIRTIO_VSOCK_OP_RST});
}

std::shared_ptr<Connection> Endpoint::add_connection(const ConnectionKey& key) {
  std::shared_ptr<Connection> connection(
      new Connection(*this, key, Connection::default_buffer_size),
      [this](Connection* abandoned) { remove(abandoned); });
  connections_[key] = connection.get();
  return connection;
}

void Endpoint::remove(Connection* connection) {
  const auto found = connections_.find(connection->key());
  if (found != connections_.end() && found->second == connection) connections_.erase(found);
  delete connection;
}

Connection* Endpoint::find(const ConnectionKey& key) const {
  const auto found = connections_.find(key);
  const bool there =
      found != connections_.end() && found->second->state() != Connection::State::closed;
  return there ? found->second : nullptr;
}

ConnectionKey Endpoint::choose_key(SocketType type, const Address& peer) {
  ConnectionKey key{.type = type, .local = {.cid = guest_.cid()}, .peer = peer};
  do {
    key.local.port = next_port_++;
  } while (connections_.contains(key));
  return key;
}

Result<std::shared_ptr<Connection>> Endpoint::connect(SocketType type, const Address& peer,
                                                      Deadline deadline) {
  const auto connection = add_connection(choose_key(type, peer));
  connection->request();
  while (connection->state() == Connection::State::connecting) {
    const auto polled = poll(deadline);
    if (!polled) return Failure(polled.error());
    if (!*polled) {
      return Failure(
          Error{fmt::format("no answer from {}:{}", peer.cid, peer.port), {}, ETIMEDOUT});
    }
  }
  if (connection->state() == Connection::State::closed) {
    return Failure(
        Error{fmt::format("{}:{} refused the connection", peer.cid, peer.port), {}, ECONNRESET});
  }
  return connection;
}

Result<std::shared_ptr<Connection>> Endpoint::accept(Deadline deadline) {
  while (accepted_.empty()) {
    const auto polled = poll(deadline);
    if (!polled) return Failure(polled.error());
    if (!*polled) return Failure(Error{"no connection came", {}, ETIMEDOUT});
  }
  auto connection = std::move(accepted_.front());
  accepted_.pop_front();
  return connection;
}

Result<void> Endpoint::close(Connection& connection, Deadline deadline) {
  connection.shut_down(VIRTIO_VSOCK_SHUTDOWN_RCV | VIRTIO_VSOCK_SHUTDOWN_SEND);
  while (connection.state() != Connection::State::closed) {
    const auto polled = poll(deadline);
    if (!polled) return Failure(polled.error());
    if (!*polled) return Failure(Error{"the peer does not end the connection", {}, ETIMEDOUT});
  }
  return {};
}

}  // namespace vsockfwd::guest
