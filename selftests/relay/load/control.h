// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_RELAY_LOAD_CONTROL_H
#define VSOCKFWD_RELAY_LOAD_CONTROL_H

#include <cstdint>

#include "relay/load/event_loop.h"

namespace vsockfwd::relay_load {

/// What a program that runs until it is told to end has to tell meanwhile.
struct Counts {
  /// Bytes of the pattern, of all connections.
  std::uint64_t received = 0;
  /// Connections that are open.
  std::uint64_t connections = 0;
  /// Connections that ended with an error instead of an end.
  std::uint64_t broken = 0;
};

/// Prints the counts and the time for each line on the standard input, and stops the loop at its
/// end. Who measures asks at the start and at the end of the time that counts.
class Control : public Watcher {
 public:
  /// All must outlive this.
  Control(EventLoop& loop, const Counts& counts);
  void on_events(std::uint32_t events) override;

 private:
  EventLoop& loop_;
  const Counts& counts_;
};

/// Prints that all is set up, for who has started the program.
void print_ready();

}  // namespace vsockfwd::relay_load

#endif  // VSOCKFWD_RELAY_LOAD_CONTROL_H
