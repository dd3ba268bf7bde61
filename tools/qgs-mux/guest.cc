// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/guest.h"

#include <algorithm>

#include "qgs-mux/job.h"

namespace vsockfwd::qgs {
namespace {

constexpr std::chrono::minutes memory{10};

}  // namespace

GuestCounters& GuestCounters::operator+=(const GuestCounters& other) {
  requests += other.requests;
  answered += other.answered;
  failed += other.failed;
  refused += other.refused;
  malformed += other.malformed;
  return *this;
}

bool take_token(Guest& guest, std::uint32_t rate, TimePoint now) {
  const bool is_new = guest.tokens_counted == TimePoint();
  const std::chrono::duration<double> passed = now - guest.tokens_counted;
  guest.tokens = is_new ? rate : std::min<double>(rate, guest.tokens + passed.count() * rate);
  guest.tokens_counted = now;
  if (guest.tokens < 1) return false;
  guest.tokens -= 1;
  return true;
}

std::shared_ptr<Guest> GuestTable::find(const std::string& name, TimePoint now) {
  auto& guest = guests_[name];
  if (!guest) {
    guest = std::make_shared<Guest>();
    guest->name = name;
  }
  guest->last_seen = now;
  return guest;
}

void GuestTable::forget(TimePoint now) {
  std::erase_if(guests_, [this, now](const auto& entry) {
    const auto& guest = entry.second;
    // Otherwise a connection or a request refers to it.
    const bool unused = guest.use_count() == 1;
    if (!unused || now - guest->last_seen <= memory) return false;
    forgotten_ += guest->counters;
    return true;
  });
}

GuestCounters GuestTable::total() const {
  auto sum = forgotten_;
  for (const auto& [name, guest] : guests_) sum += guest->counters;
  return sum;
}

}  // namespace vsockfwd::qgs
