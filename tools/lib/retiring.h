// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_RETIRING_H
#define VSOCKFWD_LIB_RETIRING_H

#include <memory>

#include "lib/event_loop.h"

namespace vsockfwd {

/// Destroys an event handler when no event of this turn can be on the way to it any more. From now
/// on, what comes must be nothing to it: this is what close() is for.
struct Retire {
  template <typename Handler>
  void operator()(Handler* handler) const {
    auto& loop = handler->loop();
    handler->close();
    loop.retire(std::unique_ptr<EventHandler>(handler));
  }
};

/// Owns an event handler that may go in the middle of a turn.
template <typename Handler>
using Retiring = std::unique_ptr<Handler, Retire>;

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_RETIRING_H
