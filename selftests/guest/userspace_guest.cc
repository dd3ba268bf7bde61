// SPDX-License-Identifier: GPL-2.0
#include "guest/userspace_guest.h"

#include <fmt/format.h>
#include <linux/virtio_config.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "guest/failure.h"

namespace vsockfwd::guest {
namespace {

constexpr std::size_t page_size = 4096;

std::size_t whole_pages(std::size_t bytes) {
  return (bytes + page_size - 1) / page_size * page_size;
}

/// The device's memory: receive ring, transmit ring, receive buffers, transmit buffers.
struct MemoryMap {
  std::size_t ring;
  std::size_t buffers;

  explicit MemoryMap(const GuestOptions& options)
      : ring(whole_pages(Vring::footprint(options.ring_size))),
        buffers(whole_pages(options.ring_size *
                            (header_size + std::size_t{options.payload_capacity}))) {}

  [[nodiscard]] std::size_t transmit_ring() const { return ring; }
  [[nodiscard]] std::size_t receive_buffers() const { return 2 * ring; }
  [[nodiscard]] std::size_t transmit_buffers() const { return 2 * ring + buffers; }
  [[nodiscard]] std::size_t size() const { return 2 * ring + 2 * buffers; }
};

Result<UniqueFd> make_eventfd() {
  UniqueFd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd) return errno_failure("cannot make an eventfd", errno);
  return fd;
}

void signal(const UniqueFd& eventfd) {
  const std::uint64_t one = 1;
  // The counter cannot overflow: the device resets it with each kick that it sees.
  if (::write(eventfd.get(), &one, sizeof(one)) != sizeof(one)) {
    throw std::runtime_error(fmt::format("cannot kick the device: {}", std::strerror(errno)));
  }
}

}  // namespace

Result<std::unique_ptr<UserspaceGuest>> UserspaceGuest::create(const GuestOptions& options) {
  auto memory = SharedMemory::create(MemoryMap(options).size());
  if (!memory) return Failure(std::move(memory.error()));

  std::array<UniqueFd, 3> eventfds;
  for (auto& eventfd : eventfds) {
    auto made = make_eventfd();
    if (!made) return Failure(std::move(made.error()));
    eventfd = std::move(*made);
  }
  auto& [receive_kick, transmit_kick, call] = eventfds;

  std::unique_ptr<UserspaceGuest> guest(
      new UserspaceGuest(options, std::move(*memory), std::move(receive_kick),
                         std::move(transmit_kick), std::move(call)));
  return guest->start().map([&] { return std::move(guest); });
}

UserspaceGuest::UserspaceGuest(const GuestOptions& options, SharedMemory memory,
                               UniqueFd receive_kick, UniqueFd transmit_kick, UniqueFd call)
    : options_(options),
      memory_(std::move(memory)),
      receive_{.ring = Vring(memory_.data(), options.ring_size),
               .kick = std::move(receive_kick),
               .buffers = memory_.data() + MemoryMap(options).receive_buffers()},
      transmit_{
          .ring = Vring(memory_.data() + MemoryMap(options).transmit_ring(), options.ring_size),
          .kick = std::move(transmit_kick),
          .buffers = memory_.data() + MemoryMap(options).transmit_buffers()},
      call_(std::move(call)) {}

Result<void> UserspaceGuest::start() {
  auto vhost = VhostVsock::open(options_.device);
  if (!vhost) return Failure(std::move(vhost.error()));
  vhost_ = std::move(*vhost);

  while (receive_.ring.free_descriptors() > 0) offer_receive_buffer();
  receive_.ring.publish();

  std::uint64_t features = 1ULL << VIRTIO_F_VERSION_1;
  if (options_.seqpacket) features |= 1ULL << VIRTIO_VSOCK_F_SEQPACKET;

  return vhost_->set_features(features)
      .and_then([&] { return vhost_->set_memory(memory_); })
      .and_then([&] {
        return vhost_->set_ring(VhostQueue::receive, receive_.ring, receive_.kick.get(),
                                call_.get());
      })
      .and_then([&] {
        return vhost_->set_ring(VhostQueue::transmit, transmit_.ring, transmit_.kick.get(),
                                call_.get());
      })
      .and_then([&] { return vhost_->set_guest_cid(options_.cid); })
      .and_then([&] { return vhost_->start(); });
}

std::byte* UserspaceGuest::buffer(const Queue& queue, std::uint16_t index) const {
  return queue.buffers + index * buffer_size();
}

bool UserspaceGuest::stage(const PacketHeader& header, std::span<const std::byte> payload,
                           const Layout& layout) {
  const std::size_t payload_bytes = payload.size() + layout.as_they_are;
  if (payload_bytes > payload_size()) {
    throw std::length_error(
        fmt::format("a packet has {} bytes of payload, the guest has room for {}", payload_bytes,
                    payload_size()));
  }
  const auto total =
      std::min(static_cast<std::uint32_t>(header_size + payload_bytes), layout.total);
  const auto first = std::min(total, layout.first);
  const std::size_t descriptors = first < total ? 2 : 1;

  reclaim_sent();
  wants_room_ = transmit_.ring.free_descriptors() < descriptors;
  if (wants_room_) return false;

  std::byte* const packet = buffer(transmit_, transmit_.ring.next_head());
  encode(header, std::span<std::byte, header_size>(packet, header_size));
  std::ranges::copy(payload, packet + header_size);

  const std::uint64_t address = memory_.guest_address(packet);
  std::array chain{Segment{.address = address, .length = first},
                   Segment{.address = address + first, .length = total - first}};
  chain.at(descriptors - 1).flags = layout.last_flags;
  return transmit_.ring.add(std::span(chain).first(descriptors));
}

std::uint16_t UserspaceGuest::unsent() {
  reclaim_sent();
  return static_cast<std::uint16_t>(transmit_.ring.size() - transmit_.ring.free_descriptors());
}

std::optional<ReceivedPacket> UserspaceGuest::take() {
  const auto used = receive_.ring.take_used();
  if (!used) return std::nullopt;

  const std::byte* const packet = buffer(receive_, used->head);
  const auto header = decode(std::span<const std::byte, header_size>(packet, header_size));
  if (used->written < header_size || used->written - header_size != header.length) {
    throw std::runtime_error(fmt::format("the device wrote {} bytes for a packet of {} + {} bytes",
                                         used->written, header_size, header.length));
  }
  return ReceivedPacket{
      .header = header,
      .payload = {packet + header_size, header.length},
      .buffer = used->head,
  };
}

void UserspaceGuest::give_back(const ReceivedPacket& packet) {
  receive_.ring.release(packet.buffer);
  offer_receive_buffer();
}

void UserspaceGuest::offer_receive_buffer() {
  const std::byte* const free_buffer = buffer(receive_, receive_.ring.next_head());
  const std::array chain{Segment{.address = memory_.guest_address(free_buffer),
                                 .length = static_cast<std::uint32_t>(buffer_size()),
                                 .flags = VRING_DESC_F_WRITE}};
  if (!receive_.ring.add(chain)) throw std::logic_error("no descriptor for a free buffer");
}

void UserspaceGuest::reclaim_sent() {
  while (const auto used = transmit_.ring.take_used()) transmit_.ring.release(used->head);
}

void UserspaceGuest::flush(Queue& queue) {
  if (queue.ring.publish() && queue.ring.device_wants_kick()) signal(queue.kick);
}

void UserspaceGuest::flush() {
  flush(receive_);
  flush(transmit_);
}

bool UserspaceGuest::has_news() const {
  return receive_.ring.has_used() || (wants_room_ && transmit_.ring.has_used());
}

void UserspaceGuest::request_signals(bool wanted) {
  receive_.ring.request_signals(wanted);
  transmit_.ring.request_signals(wanted && wants_room_);
}

Result<bool> UserspaceGuest::wait(Deadline deadline) {
  flush();
  request_signals(true);
  Result<bool> signalled = true;
  // A signal may be an old one, and so says nothing by itself.
  while (!has_news() && signalled && *signalled) signalled = wait_for_signal(deadline);
  request_signals(false);
  if (!signalled) return signalled;

  const bool news = has_news();
  wants_room_ = false;
  return news;
}

Result<bool> UserspaceGuest::wait_for_signal(Deadline deadline) const {
  auto signalled = wait_for(call_.get(), POLLIN, deadline);
  if (!signalled || !*signalled) return signalled;
  std::uint64_t count = 0;
  if (::read(call_.get(), &count, sizeof(count)) < 0 && errno != EAGAIN) {
    return errno_failure("cannot read the device's signals", errno);
  }
  return true;
}

}  // namespace vsockfwd::guest
