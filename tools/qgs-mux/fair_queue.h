// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_QGS_MUX_FAIR_QUEUE_H
#define VSOCKFWD_QGS_MUX_FAIR_QUEUE_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>

#include "qgs-mux/job.h"

namespace vsockfwd::qgs {

/// The requests that wait for a service. Guests take turns: the next is the one that was served the
/// longest time ago. However many requests one has, another's first waits for no more than one of
/// them.
class FairQueue {
 public:
  FairQueue() = default;
  FairQueue(const FairQueue&) = delete;
  FairQueue& operator=(const FairQueue&) = delete;
  ~FairQueue();

  void push(std::unique_ptr<Job> job);
  /// Puts back what could not be done; it is the next of its guest.
  void push_front(std::unique_ptr<Job> job);
  /// The next one; the queue must not be empty.
  std::unique_ptr<Job> pop();
  /// Takes out one that nobody waits for any more. Null if it is not here.
  std::unique_ptr<Job> remove(const Job& job);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  struct Earlier {
    bool operator()(const Guest* left, const Guest* right) const;
  };

  void enter(Guest& guest);

  /// Guests with requests. They are alive: their requests refer to them.
  std::set<Guest*, Earlier> waiting_;
  std::size_t size_ = 0;
  std::uint64_t turn_ = 0;
};

}  // namespace vsockfwd::qgs

#endif  // VSOCKFWD_QGS_MUX_FAIR_QUEUE_H
