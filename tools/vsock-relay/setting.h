// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_SETTING_H
#define VSOCKFWD_VSOCK_RELAY_SETTING_H

#include <span>

#include "lib/setting.h"
#include "vsock-relay/draft.h"

namespace vsockfwd::relay {

std::span<const Setting<PairDraft>> pair_settings();
std::span<const Setting<Draft>> program_settings();

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_SETTING_H
