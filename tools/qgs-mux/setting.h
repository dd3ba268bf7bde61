// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_QGS_MUX_SETTING_H
#define VSOCKFWD_QGS_MUX_SETTING_H

#include <span>

#include "lib/setting.h"
#include "qgs-mux/draft.h"

namespace vsockfwd::qgs {

/// Of files only.
std::span<const Setting<ServiceDraft>> service_settings();
std::span<const Setting<ListenerDraft>> listener_settings();
std::span<const Setting<WatchDraft>> watch_settings();
/// Of command lines only.
std::span<const Setting<FlagDraft>> flag_settings();
/// Of both.
std::span<const Setting<Draft>> program_settings();

/// Reads the address of a service: unix:PATH, or only PATH, or vsock:CID:PORT.
Result<Address> parse_service(std::string_view word);

}  // namespace vsockfwd::qgs

#endif  // VSOCKFWD_QGS_MUX_SETTING_H
