// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_GUEST_FILTER_H
#define VSOCKFWD_VSOCKFWD_GUEST_FILTER_H

#include <optional>

#include "lib/cid.h"
#include "vsockfwd/command.h"

namespace vsockfwd {

/// What a command is about: one guest, or all.
using GuestFilter = std::optional<Cid>;

/// Understands the value of "guest", which may be missing.
Result<GuestFilter> parse_guest_filter(const Values& values);

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_GUEST_FILTER_H
