// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_SETTING_WORDS_H
#define VSOCKFWD_LIB_SETTING_WORDS_H

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/address.h"
#include "lib/result.h"

/// Readers of the words that settings take. Each refuses with a message that quotes the word and
/// tells what is accepted.
namespace vsockfwd {

Result<std::uint32_t> parse_count(std::string_view word, std::uint32_t first, std::uint32_t last);

/// Length of the queue of a listening socket.
Result<int> parse_backlog(std::string_view word);

Result<bool> parse_boolean(std::string_view word);

/// A time as in 500ms or 30s; a limit is not 0.
Result<std::chrono::milliseconds> parse_limit(std::string_view word);
Result<std::chrono::milliseconds> parse_grace(std::string_view word);

/// Permissions of a unix socket.
Result<std::uint32_t> parse_mode(std::string_view word);

/// A name that is fine in logs, metrics and commands alike.
Result<std::string> parse_name(std::string_view word);

/// Anything that is not empty.
Result<std::string> parse_text(std::string_view word);

/// Where metrics are served. What they say is nobody's business beyond this machine.
Result<Address> parse_metrics_address(std::string_view word);

/// Where a control socket is. Not an abstract one: whoever knows its name may connect.
Result<std::string> parse_control_path(std::string_view word);

Result<Address> parse_listener(std::string_view word);
Result<Address> parse_target(std::string_view word);

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_SETTING_WORDS_H
