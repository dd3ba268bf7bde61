// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_QGS_MUX_GUEST_H
#define VSOCKFWD_QGS_MUX_GUEST_H

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "lib/timer.h"

namespace vsockfwd::qgs {

struct Job;

/// What has become of the requests of a guest.
struct GuestCounters {
  /// Complete requests.
  std::uint64_t requests = 0;
  /// Of these, those with the service's reply; an error is a reply too.
  std::uint64_t answered = 0;
  /// Those with none: out of time, or the service gave none.
  std::uint64_t failed = 0;
  /// Those over a limit.
  std::uint64_t refused = 0;
  /// What was no request.
  std::uint64_t malformed = 0;

  GuestCounters& operator+=(const GuestCounters& other);
};

/// Who asks. Its requests wait for each other, but not for those of other guests.
struct Guest {
  std::string name;
  /// Open ones.
  std::uint32_t connections = 0;
  GuestCounters counters;

  /// The rest is the business of FairQueue: those that wait, in order.
  std::deque<std::unique_ptr<Job>> queue;
  /// When it was last served, and when it began to wait, in turns of the queue. 0 for never.
  std::uint64_t last_turn = 0;
  std::uint64_t waiting_since = 0;

  /// Requests that may come now, of `rate` a second; see take_token().
  double tokens = 0;
  TimePoint tokens_counted;
  TimePoint last_seen;
};

/// Takes one of `rate` tokens a second, in bursts of as many. False if there is none.
bool take_token(Guest& guest, std::uint32_t rate, TimePoint now);

/// All guests that are known. Who has left is remembered for a while: coming back does not make a
/// guest a new one, with a place at the head of the queue.
class GuestTable {
 public:
  std::shared_ptr<Guest> find(const std::string& name, TimePoint now);
  /// Forgets those that nobody has seen for a while.
  void forget(TimePoint now);
  /// The sum over all guests that there ever were.
  [[nodiscard]] GuestCounters total() const;

  [[nodiscard]] const std::map<std::string, std::shared_ptr<Guest>>& all() const { return guests_; }

 private:
  std::map<std::string, std::shared_ptr<Guest>> guests_;
  GuestCounters forgotten_;
};

}  // namespace vsockfwd::qgs

#endif  // VSOCKFWD_QGS_MUX_GUEST_H
