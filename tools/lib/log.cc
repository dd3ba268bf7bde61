// SPDX-License-Identifier: Apache-2.0
#include "lib/log.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "lib/suggestion.h"
#include "lib/unique_fd.h"

namespace vsockfwd {
namespace {

constexpr std::string_view journal_path = "/run/systemd/journal/socket";

constexpr std::array names = {
    std::pair{std::string_view("error"), Priority::error},
    std::pair{std::string_view("warning"), Priority::warning},
    std::pair{std::string_view("notice"), Priority::notice},
    std::pair{std::string_view("info"), Priority::info},
    std::pair{std::string_view("debug"), Priority::debug},
};

struct Log {
  std::string_view program = "vsockfwd";
  /// A datagram socket; empty if messages go to standard error.
  UniqueFd journal;
  std::atomic<Priority> limit = Priority::info;
  std::atomic<std::uint64_t> lost = 0;
};

Log the_log;

/// Whether standard error leads to the journal. A program that was started from a service with its
/// standard error elsewhere inherits the variable too, so the socket must be the one it names.
bool stderr_is_the_journal() {
  const char* const stream = std::getenv("JOURNAL_STREAM");
  struct stat status;
  return stream != nullptr && ::fstat(STDERR_FILENO, &status) == 0 &&
         stream == fmt::format("{}:{}", status.st_dev, status.st_ino);
}

/// Every value is written with its length, so that none needs to be searched for line breaks.
void append_field(std::string& datagram, std::string_view name, std::string_view value) {
  static_assert(std::endian::native == std::endian::little);
  const std::uint64_t length = value.size();
  datagram += name;
  datagram += '\n';
  datagram.append(reinterpret_cast<const char*>(&length), sizeof(length));
  datagram += value;
  datagram += '\n';
}

bool write_to_journal(Priority priority, std::string_view message,
                      std::initializer_list<LogField> fields) {
  std::string datagram;
  append_field(datagram, "PRIORITY", std::to_string(static_cast<int>(priority)));
  append_field(datagram, "SYSLOG_IDENTIFIER", the_log.program);
  append_field(datagram, "MESSAGE", message);
  for (const auto& [name, value] : fields) append_field(datagram, name, value);

  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  std::copy(journal_path.begin(), journal_path.end(), address.sun_path);
  // Addressed anew each time: the journal may have been restarted.
  return ::sendto(the_log.journal.get(), datagram.data(), datagram.size(),
                  MSG_DONTWAIT | MSG_NOSIGNAL, reinterpret_cast<sockaddr*>(&address),
                  sizeof(address)) >= 0;
}

std::string_view name_of(Priority priority) {
  return std::find_if(names.begin(), names.end(),
                      [priority](const auto& entry) { return entry.second == priority; })
      ->first;
}

bool write_to_stderr(Priority priority, std::string_view message,
                     std::initializer_list<LogField> fields) {
  auto line = fmt::format("{}: ", the_log.program);
  // What goes well needs no label.
  if (priority < Priority::notice) line += fmt::format("{}: ", name_of(priority));
  line += message;
  for (const auto& [name, value] : fields) line += fmt::format(" {}={:?}", name, value);
  // A pipe that poll() calls writable takes this much without waiting, and in one piece.
  if (line.size() >= PIPE_BUF) line.resize(PIPE_BUF - 1);
  line += '\n';

  pollfd ready{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  return ::poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0 &&
         ::write(STDERR_FILENO, line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

bool write_message(Priority priority, std::string_view message,
                   std::initializer_list<LogField> fields) {
  return the_log.journal ? write_to_journal(priority, message, fields)
                         : write_to_stderr(priority, message, fields);
}

/// Owns up to messages that were lost before, as far as that can be written.
void report_losses() {
  const auto lost = the_log.lost.exchange(0);
  if (lost == 0) return;
  const auto count = std::to_string(lost);
  if (!write_message(Priority::warning, "the log was full, messages are lost",
                     {{"LOST_MESSAGES", count}})) {
    the_log.lost += lost;
  }
}

}  // namespace

Result<Priority> parse_priority(std::string_view word) {
  std::vector<std::string> known;
  for (const auto& [name, priority] : names) {
    if (name == word) return priority;
    known.emplace_back(name);
  }
  return Failure(Error{fmt::format("{:?} is no level of the log", word), suggest(word, known)});
}

void log_setup(std::string_view program) {
  the_log.program = program;
  // Without a socket, the journal still gets the text from standard error.
  if (stderr_is_the_journal()) {
    the_log.journal.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  }
}

void log_limit(Priority last) {
  the_log.limit = last;
}

bool log_enabled(Priority priority) {
  return priority <= the_log.limit;
}

void log(Priority priority, std::string_view message, std::initializer_list<LogField> fields) {
  if (!log_enabled(priority)) return;
  report_losses();
  if (!write_message(priority, message, fields)) ++the_log.lost;
}

void log(Priority priority, const Error& error, std::initializer_list<LogField> fields) {
  const auto& [message, hint, code] = error;
  log(priority, hint.empty() ? message : fmt::format("{} (hint: {})", message, hint), fields);
}

}  // namespace vsockfwd
