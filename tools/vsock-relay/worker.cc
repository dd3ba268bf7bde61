// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/worker.h"

#include <csignal>

namespace vsockfwd::relay {
namespace {

/// Threads inherit what is blocked: signals are for the program's first thread, and SIGPIPE, which
/// splice() to a closed socket raises, is for nobody.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;
  ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

Worker::Worker(std::size_t index) : index_(index) {
  const AllSignalsBlocked blocked;
  thread_ = std::thread([this] { loop_.run(); });
}

Worker::~Worker() {
  loop_.post([this] {
    abort_all();
    loop_.stop();
  });
  thread_.join();
}

void Worker::admit(std::unique_ptr<Resident> resident) {
  auto& begun = *resident;
  begun.place_ = static_cast<std::uint32_t>(residents_.size());
  residents_.push_back(std::move(resident));
  begun.start();
}

void Worker::replace(Resident& old, std::unique_ptr<Resident> resident) {
  auto& begun = *resident;
  begun.place_ = old.place_;
  std::swap(residents_[old.place_], resident);
  loop_.retire(std::move(resident));
  begun.start();
}

void Worker::dismiss(Resident& resident) {
  const auto place = resident.place_;
  std::swap(residents_[place], residents_.back());
  residents_[place]->place_ = place;
  loop_.retire(std::move(residents_.back()));
  residents_.pop_back();
  load_.fetch_sub(1, std::memory_order_relaxed);
}

void Worker::abort_all() {
  while (!residents_.empty()) residents_.back()->abort();
}

Crew::Crew(std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) workers_.push_back(std::make_unique<Worker>(i));
}

Worker& Crew::least_busy(Worker& preferred) {
  Worker* best = &preferred;
  for (const auto& worker : workers_) {
    if (worker->load() < best->load()) best = worker.get();
  }
  return *best;
}

}  // namespace vsockfwd::relay
