// SPDX-License-Identifier: GPL-2.0
#include "hostile/host_side.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

#include "hostile/hearing.h"
#include "hostile/packet_source.h"

namespace vsockfwd::programs {
namespace {

/// A guest that does not answer shall not hold up what we do with the others.
constexpr Milliseconds patience{5};

/// The kernel looks for a connection among all that a guest has, and keeps those that we have
/// closed for as long as the guest keeps silent. With many, all would take long.
constexpr std::size_t conversations_max = 32;
constexpr int backlog = 8;

constexpr SocketType socket_types[] = {SocketType::stream, SocketType::seqpacket};

/// Throws unless it is what a hostile guest can do to a connection. Linux 6.1 calls every failure
/// to send ENOMEM; 7.2 tells of a guest that boots still. Who calls from port 2^32 - 1 can be sent
/// nothing.
void expect_hostility(const Error& error) {
  constexpr std::array expected{ETIMEDOUT, ECONNRESET,      ENOTCONN, EPIPE,        EMSGSIZE,
                                ENODEV,    ESOCKTNOSUPPORT, ENOMEM,   EHOSTUNREACH, EDESTADDRREQ};
  if (std::ranges::find(expected, error.code) == expected.end()) {
    throw std::runtime_error(error.message);
  }
}

}  // namespace

Result<HostSide> HostSide::create(std::vector<Cid> guests, std::uint64_t seed) {
  std::vector<VsockListener> listeners;
  for (const auto port : shared_ports) {
    const auto type = socket_types[listeners.size() % 2];
    auto listener = VsockListener::listen(type, any_cid, port, backlog);
    if (!listener) return Failure(std::move(listener.error()));
    listeners.push_back(std::move(*listener));
  }
  return HostSide(std::move(guests), seed, std::move(listeners));
}

HostSide::HostSide(std::vector<Cid> guests, std::uint64_t seed,
                   std::vector<VsockListener> listeners)
    : guests_(std::move(guests)), random_(seed), listeners_(std::move(listeners)) {}

std::string HostSide::work() {
  auto fault = accept(listeners_[random_.below(listeners_.size())]);
  if (random_.once_in(4)) dial();
  return fault.empty() ? go_on() : fault;
}

std::string HostSide::accept(const VsockListener& listener) {
  auto socket = listener.accept(Milliseconds(0), patience);
  if (!socket) {
    expect_hostility(socket.error());
    return {};
  }
  ++accepted_;
  const auto peer = socket->peer();
  if (std::ranges::find(guests_, peer.cid) == guests_.end()) {
    return fmt::format("the host has a connection from {}:{}, which sends nothing", peer.cid,
                       peer.port);
  }
  keep(std::move(*socket));
  return {};
}

void HostSide::dial() {
  auto socket = VsockSocket::connect(random_.pick(socket_types),
                                     {random_.pick(guests_), random_.pick(shared_ports)}, patience);
  ++dialled_;
  if (socket) {
    keep(std::move(*socket));
  } else {
    expect_hostility(socket.error());
  }
}

void HostSide::keep(VsockSocket socket) {
  if (conversations_.size() == conversations_max) conversations_.pop_front();
  conversations_.push_back(std::move(socket));
}

std::string HostSide::go_on() {
  if (conversations_.empty()) return {};
  auto socket = std::move(conversations_.front());
  conversations_.pop_front();
  auto fault = receive(socket);
  if (random_.once_in(4)) return fault;

  std::array<std::byte, 256> data{};
  data.fill(stamp_of(host_cid));
  const auto sent = random_.once_in(8) ? socket.end_sending() : socket.send(data, false);
  if (sent) {
    conversations_.push_back(std::move(socket));
  } else {
    expect_hostility(sent.error());
  }
  return fault;
}

std::string HostSide::receive(VsockSocket& socket) {
  std::array<std::byte, 65536> data{};
  const auto received = socket.receive(data);
  if (!received) {
    expect_hostility(received.error());
    return {};
  }
  const auto length = std::min(received->length, data.size());
  bytes_ += length;
  const auto peer = socket.peer();
  if (has_stamp(std::span(data).first(length), peer.cid)) return {};
  return fmt::format("the connection of {}:{} carries the payload of somebody else", peer.cid,
                     peer.port);
}

}  // namespace vsockfwd::programs
