// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/fair_queue.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace vsockfwd::qgs {

bool FairQueue::Earlier::operator()(const Guest* left, const Guest* right) const {
  return std::tie(left->last_turn, left->waiting_since) <
         std::tie(right->last_turn, right->waiting_since);
}

FairQueue::~FairQueue() {
  // A guest that has requests and its requests keep each other alive.
  while (!empty()) pop();
}

void FairQueue::push(std::unique_ptr<Job> job) {
  auto& guest = *job->guest;
  guest.queue.push_back(std::move(job));
  if (guest.queue.size() == 1) enter(guest);
  ++size_;
}

void FairQueue::push_front(std::unique_ptr<Job> job) {
  auto& guest = *job->guest;
  guest.queue.push_front(std::move(job));
  if (guest.queue.size() == 1) enter(guest);
  ++size_;
}

std::unique_ptr<Job> FairQueue::pop() {
  auto& guest = **waiting_.begin();
  waiting_.erase(waiting_.begin());
  auto job = std::move(guest.queue.front());
  guest.queue.pop_front();
  guest.last_turn = ++turn_;
  if (!guest.queue.empty()) enter(guest);
  --size_;
  return job;
}

std::unique_ptr<Job> FairQueue::remove(const Job& job) {
  auto& guest = *job.guest;
  const auto found = std::find_if(guest.queue.begin(), guest.queue.end(),
                                  [&job](const auto& queued) { return queued.get() == &job; });
  if (found == guest.queue.end()) return nullptr;
  auto removed = std::move(*found);
  guest.queue.erase(found);
  if (guest.queue.empty()) waiting_.erase(&guest);
  --size_;
  return removed;
}

void FairQueue::enter(Guest& guest) {
  guest.waiting_since = ++turn_;
  waiting_.insert(&guest);
}

}  // namespace vsockfwd::qgs
