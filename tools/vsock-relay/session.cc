// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/session.h"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>

#include "lib/socket.h"

namespace vsockfwd::relay {
namespace {

using std::chrono::milliseconds;

/// How long peers that know that both directions are over may take to end their own, and how long
/// if they have not got all yet.
constexpr milliseconds linger_time{1'000};
constexpr milliseconds longest_linger_time{30'000};

constexpr unsigned other(unsigned side) {
  return 1 - side;
}

}  // namespace

Session::Session(Worker& worker, std::shared_ptr<const SessionOptions> options, SocketPair sockets,
                 Permits permits)
    : worker_(worker),
      options_(std::move(options)),
      ends_{make_endpoint(std::move(sockets[0])), make_endpoint(std::move(sockets[1]))},
      permits_(std::move(permits)),
      last_byte_(worker.loop().now()) {}

void Session::start() {
  options_->pair->counters.of(worker_.index()).joined.add(1);
  if (!watch(0) || !watch(1)) return finish(Outcome::reset);
  if (options_->timeouts.idle) worker_.loop().timers().arm(*this, deadline());
  advance();
}

void Session::on_events(std::uint32_t events, unsigned side) {
  if (finished_) return;
  if (events == 0) queued_ = false;
  note_events(ends_[side], events);
  advance();
  const bool for_nothing = (events & EPOLLOUT) != 0 && !flows_[other(side)].holds_bytes();
  if (!finished_ && for_nothing) ask_for_room(side, false);
}

void Session::abort() {
  finish(Outcome::reset);
}

void Session::advance() {
  const bool lingered = lingering();
  const std::array states{move_bytes(0), move_bytes(1)};
  count_delivered();

  bool all_over = true;
  for (const unsigned source : {0U, 1U}) {
    const bool over = states[source] == Flow::State::over;
    all_over = all_over && over;
    // A reset comes after what was said before it, unless nobody listens to that.
    const bool due = over || ending() || flows_[source].holds_bytes();
    if (ends_[source].broken && due && !lingering()) return finish(Outcome::reset);
  }
  if (all_over) return finish(Outcome::closed);

  for (const unsigned source : {0U, 1U}) {
    const bool no_more = states[source] == Flow::State::over || ending();
    const bool holds_bytes = flows_[source].holds_bytes();
    if (no_more && !holds_bytes) pass_on_end(source);
    if (holds_bytes) ask_for_room(other(source), true);
    if (has_more_to_do(source, states[source])) call_again();
  }
  if (lingering() && !lingered) begin_to_linger();
}

Flow::State Session::move_bytes(unsigned index) {
  auto& flow = flows_[index];
  auto& source = ends_[index];
  auto& sink = ends_[other(index)];
  if (ending() || lingering()) return flow.wind_up(source, sink, worker_.pool());
  return flow.pump(source, sink, worker_.pool());
}

/// Whether the end of one direction is the end of both, and one has ended.
bool Session::ending() const {
  return !options_->half_close && (ends_[0].ended || ends_[1].ended);
}

/// Whether nothing more is written. Closing a TCP socket at once would drop what is on the way if
/// its peer has said something that nobody reads.
bool Session::lingering() const {
  return ends_[0].shut && ends_[1].shut;
}

void Session::begin_to_linger() {
  last_byte_ = worker_.loop().now();
  worker_.loop().timers().arm(*this, deadline());
  call_again();
}

void Session::count_delivered() {
  auto& counters = options_->pair->counters.of(worker_.index());
  const auto forward = flows_[0].take_delivered();
  const auto back = flows_[1].take_delivered();
  counters.bytes_forward.add(forward);
  counters.bytes_back.add(back);
  if (forward + back > 0) last_byte_ = worker_.loop().now();
}

void Session::pass_on_end(unsigned source) {
  auto& sink = ends_[other(source)];
  if (sink.shut || sink.broken) return;
  shut_down(sink);
  half_closed_ = std::min(half_closed_, worker_.loop().now());
  if (options_->timeouts.half_closed) worker_.loop().timers().arm(*this, deadline());
}

/// Without an event to come. Not only what was interrupted: a failed write tells late that there is
/// something to read.
bool Session::has_more_to_do(unsigned source, Flow::State state) const {
  return state == Flow::State::interrupted ||
         (state == Flow::State::waiting && ends_[source].readable && !flows_[source].holds_bytes());
}

void Session::call_again() {
  if (!std::exchange(queued_, true)) worker_.loop().call_again(*this);
}

bool Session::watch(unsigned side) {
  auto& end = ends_[side];
  return worker_.loop().rewatch(end.fd.get(), wanted_events(end), *this, side);
}

void Session::ask_for_room(unsigned side, bool ask) {
  auto& end = ends_[side];
  if (end.tcp || end.watches_room == ask) return;
  end.watches_room = ask;
  watch(side);
}

void Session::finish(Outcome outcome) {
  if (std::exchange(finished_, true)) return;
  const bool all_delivered = !flows_[0].holds_bytes() && !flows_[1].holds_bytes();
  if (lingering() && all_delivered) outcome = Outcome::closed;
  auto& counters = options_->pair->counters.of(worker_.index());
  switch (outcome) {
    case Outcome::closed:
      counters.closed.add(1);
      break;
    case Outcome::reset:
      counters.reset.add(1);
      break;
    case Outcome::timed_out:
      counters.timed_out.add(1);
      break;
  }
  for (auto& end : ends_) {
    if (outcome != Outcome::closed) reset_on_close(end.fd.get());
    end.fd.reset();
  }
  worker_.loop().timers().disarm(*this);
  worker_.dismiss(*this);
}

void Session::on_timer() {
  if (deadline() > worker_.loop().now()) return worker_.loop().timers().arm(*this, deadline());
  finish(lingering() ? Outcome::reset : Outcome::timed_out);
}

TimePoint Session::deadline() const {
  auto result = TimePoint::max();
  const auto& timeouts = options_->timeouts;
  if (timeouts.idle) result = last_byte_ + *timeouts.idle;
  if (timeouts.half_closed && half_closed_ != TimePoint::max()) {
    result = std::min(result, half_closed_ + *timeouts.half_closed);
  }
  if (lingering()) {
    const bool takes_more = is_sending(ends_[0]) || is_sending(ends_[1]);
    const auto begin = takes_more ? worker_.loop().now() : last_byte_;
    result = std::min({result, begin + linger_time, last_byte_ + longest_linger_time});
  }
  return result;
}

}  // namespace vsockfwd::relay
