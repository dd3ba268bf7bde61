// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/guest_filter.h"

namespace vsockfwd {

Result<GuestFilter> parse_guest_filter(const Values& values) {
  const auto word = values.find("guest");
  if (!word) return GuestFilter();
  return parse_guest_cid(*word).map([](Cid guest) { return GuestFilter(guest); });
}

}  // namespace vsockfwd
