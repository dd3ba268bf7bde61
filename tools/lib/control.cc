// SPDX-License-Identifier: Apache-2.0
#include "lib/control.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>

#include "lib/socket_address.h"
#include "lib/unique_fd.h"

namespace vsockfwd {
namespace {

constexpr std::string_view status_request = "status\n";
constexpr timeval patience{.tv_sec = 10, .tv_usec = 0};
/// Far more than the longest report.
constexpr std::size_t longest_answer = 64U << 20;

std::string http(std::string_view status, std::string_view more, std::string_view body) {
  return fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\nConnection: close\r\n{}\r\n{}", status,
                     body.size(), more, body);
}

/// Asks one daemon, and says in its name what went wrong.
class Question {
 public:
  Question(const std::string& path, std::string_view who) : path_(path), who_(who) {}

  [[nodiscard]] Failure failed(std::string_view reason, int code, std::string hint) const {
    return Failure(Error{fmt::format("cannot ask the {} at {:?}: {}", who_, path_, reason),
                         std::move(hint), code});
  }

  [[nodiscard]] Failure failed(int code) const {
    const bool absent = code == ENOENT || code == ECONNREFUSED;
    return failed(std::generic_category().message(code), code,
                  absent ? fmt::format("does a {} run with --control and this path?", who_) : "");
  }

 private:
  const std::string& path_;
  std::string_view who_;
};

}  // namespace

std::optional<std::string> answer_control(std::string_view received, const Reporter& reporter) {
  if (received.find('\n') == std::string_view::npos) return std::nullopt;
  return received == status_request ? reporter() : "{\"error\":\"the only request is: status\"}\n";
}

std::optional<std::string> answer_metrics(std::string_view received, const Reporter& reporter) {
  if (received.find("\r\n\r\n") == std::string_view::npos) return std::nullopt;
  const auto line = received.substr(0, received.find("\r\n"));
  if (!line.starts_with("GET ")) return http("405 Method Not Allowed", "Allow: GET\r\n", "");
  const auto target = line.substr(4, line.find(' ', 4) - 4);
  if (target.substr(0, target.find('?')) != "/metrics") {
    return http("404 Not Found", "", "see /metrics\n");
  }
  return http("200 OK", "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n", reporter());
}

Result<std::string> ask_status(const std::string& control_path, std::string_view who) {
  const Question question(control_path, who);
  auto address = SocketAddress::unix_socket(UnixAddress{control_path});
  if (!address) return Failure(std::move(address.error()));
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return question.failed(errno);
  for (const int direction : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    ::setsockopt(socket.get(), SOL_SOCKET, direction, &patience, sizeof(patience));
  }
  if (::connect(socket.get(), address->get(), address->size()) != 0 ||
      ::send(socket.get(), status_request.data(), status_request.size(), MSG_NOSIGNAL) < 0) {
    return question.failed(errno);
  }
  std::string answer;
  std::array<char, 65536> buffer;
  while (answer.size() <= longest_answer) {
    const auto count = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (count < 0) return question.failed(errno);
    if (count > 0) {
      answer.append(buffer.data(), static_cast<std::size_t>(count));
      continue;
    }
    if (answer.ends_with('\n')) return answer;
    return question.failed("the answer breaks off", 0, "is it busy? try again");
  }
  return question.failed("the answer does not end", 0, "is this a control socket?");
}

}  // namespace vsockfwd
