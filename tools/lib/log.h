// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_LOG_H
#define VSOCKFWD_LIB_LOG_H

#include <initializer_list>
#include <string_view>

#include "lib/result.h"

/// The log of a daemon. It never waits: a log that nobody reads must not stop the traffic. What
/// cannot be written at once is lost, and the next message that gets through says how many were.
///
/// The journal gets its native protocol, which systemd documents as stable, from a few lines of our
/// own: libsystemd cannot be linked into the static program that runs in an enclave, and two ways
/// to log would be one too many.
namespace vsockfwd {

/// With the numbers of syslog(3).
enum class Priority { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };

/// One fact about a message, for programs that search the journal.
struct LogField {
  /// Upper-case letters and _, and a letter first.
  std::string_view name;
  /// Any bytes.
  std::string_view value;
};

/// Reads the name of a priority, such as "info".
Result<Priority> parse_priority(std::string_view word);

/// Chooses where the messages go, once and before the first thread starts: to the journal if
/// standard error is connected to it, and to standard error otherwise. `program` names the program
/// in each message and must live on. Without this, messages go to standard error.
void log_setup(std::string_view program);

/// From now on, messages that matter less than `last` are left out. At first it is Priority::info.
void log_limit(Priority last);

/// Whether messages of this priority are written, for callers to whom preparing one is work.
bool log_enabled(Priority priority);

/// Writes one message. It may be called from any thread. Words from outside stand in it in quotes,
/// as {:?} makes them.
void log(Priority priority, std::string_view message, std::initializer_list<LogField> fields = {});

/// Writes an error and its hint.
void log(Priority priority, const Error& error, std::initializer_list<LogField> fields = {});

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_LOG_H
