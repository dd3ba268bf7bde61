// SPDX-License-Identifier: GPL-2.0
#include "guest/vring.h"

#include <endian.h>
#include <fmt/format.h>

#include <atomic>
#include <numeric>
#include <stdexcept>

namespace vsockfwd::guest {
namespace {

std::uint16_t load(std::uint16_t& shared, std::memory_order order) {
  return le16toh(std::atomic_ref(shared).load(order));
}

void store(std::uint16_t& shared, std::uint16_t value, std::memory_order order) {
  std::atomic_ref(shared).store(htole16(value), order);
}

}  // namespace

Vring::Vring(std::byte* memory, std::uint16_t size)
    : descriptors_(reinterpret_cast<vring_desc*>(memory)),
      available_(reinterpret_cast<vring_avail*>(memory + available_offset(size))),
      used_(reinterpret_cast<vring_used*>(memory + used_offset(size))),
      size_(size),
      next_(size),
      chain_length_(size),
      free_(size) {
  std::iota(next_.begin(), next_.end(), std::uint16_t{1});
  request_signals(false);
}

bool Vring::add(std::span<const Segment> chain) {
  if (chain.empty() || chain.size() > free_) return false;

  const std::uint16_t head = first_free_;
  std::uint16_t index = head;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const bool last = i + 1 == chain.size();
    index = first_free_;
    first_free_ = next_[index];
    const auto flags = last ? chain[i].flags : chain[i].flags | VRING_DESC_F_NEXT;
    descriptors_[index] = {
        .addr = htole64(chain[i].address),
        .len = htole32(chain[i].length),
        .flags = htole16(static_cast<std::uint16_t>(flags)),
        .next = htole16(last ? head : first_free_),
    };
  }
  free_ = static_cast<std::uint16_t>(free_ - chain.size());
  chain_length_[head] = static_cast<std::uint16_t>(chain.size());

  available_->ring[added_ % size_] = htole16(head);
  ++added_;
  return true;
}

bool Vring::publish() {
  if (published_ == added_) return false;
  published_ = added_;
  // The device may read the chains as soon as it sees the index.
  store(available_->idx, added_, std::memory_order_release);
  return true;
}

bool Vring::device_wants_kick() const {
  // The device first asks for kicks and then looks at the index; we do it the other way round.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return (load(used_->flags, std::memory_order_relaxed) & VRING_USED_F_NO_NOTIFY) == 0;
}

bool Vring::has_used() const {
  return load(used_->idx, std::memory_order_acquire) != taken_;
}

std::optional<Vring::Used> Vring::take_used() {
  if (!has_used()) return std::nullopt;

  const vring_used_elem& element = used_->ring[taken_ % size_];
  const std::uint32_t head = le32toh(element.id);
  if (head >= size_ || chain_length_[head] == 0) {
    throw std::runtime_error(
        fmt::format("the device gave back chain {}, which it does not have", head));
  }
  ++taken_;
  return Used{static_cast<std::uint16_t>(head), le32toh(element.len)};
}

void Vring::release(std::uint16_t head) {
  const std::uint16_t length = chain_length_[head];
  std::uint16_t last = head;
  for (std::uint16_t i = 1; i < length; ++i) last = next_[last];
  next_[last] = first_free_;
  first_free_ = head;
  free_ = static_cast<std::uint16_t>(free_ + length);
  chain_length_[head] = 0;
}

void Vring::request_signals(bool wanted) {
  store(available_->flags, wanted ? 0 : VRING_AVAIL_F_NO_INTERRUPT, std::memory_order_relaxed);
  // Pairs with the device, which first returns a chain and then looks at the flag.
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

}  // namespace vsockfwd::guest
