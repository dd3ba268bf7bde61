// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/client.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "lib/log.h"
#include "lib/warning.h"

namespace vsockfwd::qgs {
namespace {

/// For a client to take its reply.
constexpr std::chrono::seconds longest_write{10};

std::string count_milliseconds(milliseconds time) {
  return std::to_string(time.count());
}

}  // namespace

Client::Client(Host& host, UniqueFd fd, std::shared_ptr<Guest> guest)
    : host_(host), fd_(std::move(fd)), guest_(std::move(guest)) {
  ++guest_->connections;
}

Client::~Client() {
  close();
}

void Client::start() {
  if (!host_.loop().watch(fd_.get(), EPOLLIN, *this)) return host_.client_left(*this);
  host_.loop().arm_after(*this, host_.config().idle_timeout);
}

void Client::close_if_idle() {
  if (state_ == State::reading && !reader_.begun()) host_.client_left(*this);
}

void Client::on_events(std::uint32_t events, unsigned /*tag*/) {
  switch (state_) {
    case State::reading:
      return receive();
    case State::waiting:
      // Only an end is told here: what else comes is for later.
      if ((events & (EPOLLHUP | EPOLLERR)) != 0) host_.client_left(*this);
      return;
    case State::writing:
      return send();
    case State::closed:
      return;
  }
}

void Client::on_timer() {
  switch (state_) {
    case State::reading:
      if (!reader_.begun()) return host_.client_left(*this);
      last_reply_ = true;
      kind_ = reader_.kind().value_or(RequestKind::raw_quote);
      return fail(&GuestCounters::malformed, ErrorCode::unexpected,
                  "the request has not come to its end in time");
    case State::waiting:
      host_.dispatcher().withdraw(*std::exchange(job_, nullptr));
      return fail(&GuestCounters::failed, ErrorCode::unexpected, "no reply in time");
    default:
      return host_.client_left(*this);
  }
}

void Client::await_request() {
  state_ = State::reading;
  if (host_.draining()) return host_.client_left(*this);
  host_.loop().arm_after(*this, host_.config().idle_timeout);
  host_.loop().rewatch(fd_.get(), EPOLLIN, *this);
}

void Client::receive() {
  std::array<char, largest_request> buffer;
  while (state_ == State::reading) {
    const auto count = ::recv(fd_.get(), buffer.data(), reader_.wanted(), MSG_DONTWAIT);
    if (count > 0) {
      received({buffer.data(), static_cast<std::size_t>(count)});
    } else if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
      return;
    } else {
      if (reader_.begun()) ++guest_->counters.malformed;
      return host_.client_left(*this);
    }
  }
}

void Client::received(std::string_view bytes) {
  if (!reader_.begun()) {
    begun_ = host_.loop().now();
    host_.loop().arm_after(*this, host_.config().request_timeout);
  }
  reader_.take(bytes);
  if (reader_.malformed()) return refuse_malformed();
  if (reader_.complete()) submit();
}

void Client::submit() {
  auto request = reader_.release();
  kind_ = request.kind;
  guest_->last_seen = begun_;
  ++guest_->counters.requests;
  if (const auto reason = objection(); !reason.empty()) {
    return fail(&GuestCounters::refused, ErrorCode::out_of_memory, reason);
  }
  auto job = std::make_unique<Job>(Job{std::move(request), guest_, this});
  job_ = job.get();
  state_ = State::waiting;
  host_.loop().rewatch(fd_.get(), 0, *this);
  host_.dispatcher().submit(std::move(job));
}

std::string Client::objection() const {
  const auto& config = host_.config();
  if (guest_->queue.size() >= config.guest.queue) return "too many of its requests wait";
  if (host_.dispatcher().queued() >= config.max_queue) return "too many requests wait";
  if (config.guest.rate && !take_token(*guest_, *config.guest.rate, host_.loop().now())) {
    return "it asks too often";
  }
  return {};
}

void Client::refuse_malformed() {
  // Where the next request would begin, nobody can tell.
  last_reply_ = true;
  discard_input();
  const auto& malformed = *reader_.malformed();
  kind_ = malformed.kind.value_or(RequestKind::raw_quote);
  fail(&GuestCounters::malformed, malformed.code, fmt::format("it sent {}", malformed.reason));
}

void Client::discard_input() {
  // To close with bytes unread is to reset: the client would see an error in place of an end.
  std::array<char, largest_request> buffer;
  for (int i = 0; i < 4 && ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT) > 0; ++i) {
  }
}

void Client::answered(std::string reply, ErrorCode error) {
  job_ = nullptr;
  ++guest_->counters.answered;
  const auto time = count_milliseconds(host_.loop().now() - begun_);
  if (error != ErrorCode::none) {
    static Warning warning;
    const auto text = describe(error);
    warning.log(fmt::format("QGS answered {}", text), {{"GUEST", guest_->name},
                                                       {"TYPE", name_of(kind_)},
                                                       {"LATENCY_MS", time},
                                                       {"QGS_ERROR", text}});
  } else if (log_enabled(Priority::debug)) {
    log(Priority::debug, "answered",
        {{"GUEST", guest_->name}, {"TYPE", name_of(kind_)}, {"LATENCY_MS", time}});
  }
  respond(std::move(reply));
}

void Client::failed(const std::string& reason) {
  job_ = nullptr;
  fail(&GuestCounters::failed, ErrorCode::unexpected, reason);
}

void Client::fail(std::uint64_t GuestCounters::*counter, ErrorCode code,
                  const std::string& reason) {
  ++((*guest_).counters.*counter);
  static Warning warning;
  const auto time = count_milliseconds(host_.loop().now() - begun_);
  const auto text = describe(code);
  warning.log(reason, {{"GUEST", guest_->name},
                       {"TYPE", name_of(kind_)},
                       {"LATENCY_MS", time},
                       {"QGS_ERROR", text}});
  respond(error_reply(kind_, code));
}

void Client::respond(std::string reply) {
  if (reply.empty()) return host_.client_left(*this);
  // A bare quote ends with the connection.
  if (kind_ == RequestKind::raw_quote) last_reply_ = true;
  reply_ = std::move(reply);
  sent_ = 0;
  state_ = State::writing;
  host_.loop().arm_after(*this, longest_write);
  send();
}

void Client::send() {
  const auto count =
      ::send(fd_.get(), reply_.data() + sent_, reply_.size() - sent_, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count < 0 && errno != EAGAIN && errno != EINTR) return host_.client_left(*this);
  if (count > 0) sent_ += static_cast<std::size_t>(count);
  if (sent_ < reply_.size()) {
    host_.loop().rewatch(fd_.get(), EPOLLOUT, *this);
    return;
  }
  // Its memory goes too: the client may be silent for long.
  std::string().swap(reply_);
  if (last_reply_) return host_.client_left(*this);
  await_request();
}

void Client::close() {
  if (std::exchange(state_, State::closed) == State::closed) return;
  host_.loop().timers().disarm(*this);
  if (job_ != nullptr) host_.dispatcher().withdraw(*std::exchange(job_, nullptr));
  fd_.reset();
  --guest_->connections;
}

}  // namespace vsockfwd::qgs
