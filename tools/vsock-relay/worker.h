// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_WORKER_H
#define VSOCKFWD_VSOCK_RELAY_WORKER_H

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "lib/event_loop.h"
#include "vsock-relay/resolver.h"
#include "vsock-relay/transit.h"

namespace vsockfwd::relay {

/// A connection, whatever its state. Its worker owns it.
class Resident : public EventHandler {
 public:
  virtual void start() = 0;
  /// Ends it at once, by Worker::dismiss().
  virtual void abort() = 0;

 private:
  friend class Worker;
  std::uint32_t place_ = 0;
};

/// A thread with its event loop, and the connections that it serves.
class Worker {
 public:
  explicit Worker(std::size_t index);
  /// Ends all connections.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  [[nodiscard]] std::size_t index() const { return index_; }
  EventLoop& loop() { return loop_; }
  TransitPool& pool() { return pool_; }
  Resolver& resolver() { return resolver_; }

  /// Connections here; may be asked by any thread.
  [[nodiscard]] std::size_t load() const { return load_.load(std::memory_order_relaxed); }
  /// Begins a connection here, on behalf of the worker in whose thread this is called. `make` gets
  /// this worker and returns what is to be started.
  template <typename Make>
  void begin(Worker& caller, Make make) {
    load_.fetch_add(1, std::memory_order_relaxed);
    if (&caller == this) return admit(make(*this));
    loop_.post([this, make = std::move(make)]() mutable { admit(make(*this)); });
  }
  /// Starts a connection in the place of another, which is destroyed at the end of the turn.
  void replace(Resident& old, std::unique_ptr<Resident> resident);
  /// Destroys a connection at the end of the turn.
  void dismiss(Resident& resident);
  void abort_all();

  /// Runs `function` in the worker's thread and waits for its result. Never from a worker.
  template <typename Function>
  auto run_here(Function function) {
    std::packaged_task<std::invoke_result_t<Function>()> task(std::move(function));
    auto result = task.get_future();
    loop_.post(std::move(task));
    return result.get();
  }

 private:
  void admit(std::unique_ptr<Resident> resident);

  std::size_t index_;
  EventLoop loop_;
  TransitPool pool_;
  Resolver resolver_{loop_};
  std::vector<std::unique_ptr<Resident>> residents_;
  std::atomic<std::size_t> load_ = 0;
  std::thread thread_;
};

/// All workers.
class Crew {
 public:
  explicit Crew(std::size_t size);

  [[nodiscard]] std::size_t size() const { return workers_.size(); }
  Worker& operator[](std::size_t index) { return *workers_[index]; }
  /// The one with the fewest connections; if others have as few, `preferred`.
  Worker& least_busy(Worker& preferred);

 private:
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_WORKER_H
