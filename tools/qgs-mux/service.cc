// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/log.h"

namespace vsockfwd::qgs {
namespace {

/// The service itself gives up after this time. Its thread is busy until then, whether or not
/// anybody waits for the quote.
constexpr std::chrono::seconds call_limit{30};
constexpr std::chrono::seconds probe_limit{5};
constexpr milliseconds first_pause{100};
constexpr milliseconds longest_pause{3000};

const Request& probe_request() {
  static const Request request{RequestKind::platform_info, platform_info_request()};
  return request;
}

}  // namespace

Service::Service(EventLoop& loop, ServiceConfig config, SocketAddress address,
                 milliseconds health_interval, Employer& employer)
    : loop_(loop),
      config_(std::move(config)),
      address_(address),
      health_interval_(health_interval),
      employer_(employer),
      backoff_(first_pause, longest_pause) {
  // The first question is asked at once, so that the log tells of a service that is not there.
  loop_.timers().arm(*this, loop_.now());
}

Service::~Service() {
  loop_.timers().disarm(*this);
  if (probe_) retire(std::move(probe_));
  for (auto& [job, call] : calls_) retire(std::move(call));
}

void Service::retire(std::unique_ptr<Call> call) {
  call->close();
  loop_.retire(std::move(call));
}

void Service::change(const ServiceConfig& config, milliseconds health_interval) {
  config_ = config;
  health_interval_ = health_interval;
}

/// One more than it has threads: a thread that is done begins with that one, while the next is on
/// its way. It delays nobody by more than the time of a quote, as another thread is done by then;
/// with a single thread, it would.
std::size_t Service::capacity() const {
  return config_.threads > 1 ? config_.threads + std::size_t{1} : config_.threads;
}

void Service::serve(std::unique_ptr<Job> job) {
  auto call = std::make_unique<Call>(loop_, address_, job->request, *this);
  auto& begun = *call;
  calls_.push_back({std::move(job), std::move(call)});
  begun.start(call_limit);
}

void Service::call_ended(Call& call, CallResult result) {
  if (&call == probe_.get()) {
    loop_.retire(std::move(probe_));
    return probe_ended(result);
  }
  const auto running =
      std::find_if(calls_.begin(), calls_.end(),
                   [&call](const Running& candidate) { return candidate.call.get() == &call; });
  auto job = std::move(running->job);
  loop_.retire(std::move(running->call));
  calls_.erase(running);
  switch (result.outcome) {
    case CallResult::Outcome::answered:
      ++counters_.answered;
      if (result.error != ErrorCode::none) ++counters_.errors;
      gave_sign_of_life();
      break;
    case CallResult::Outcome::broken:
      // Says nothing about the service: to some requests, closing is its answer.
      ++counters_.broken;
      break;
    case CallResult::Outcome::unreachable:
      ++counters_.unreachable;
      is_down(result.reason);
      break;
    case CallResult::Outcome::timed_out:
      ++counters_.timed_out;
      is_down("it has not answered in time");
      break;
  }
  employer_.job_ended(std::move(job), std::move(result));
}

void Service::on_timer() {
  const bool silent = !last_sign_ || loop_.now() - *last_sign_ >= health_interval_;
  if (!probe_ && (silent || !up_)) return probe();
  loop_.arm_after(*this, health_interval_);
}

void Service::probe() {
  probe_ = std::make_unique<Call>(loop_, address_, probe_request(), *this);
  probe_->start(probe_limit);
}

void Service::probe_ended(const CallResult& result) {
  switch (result.outcome) {
    case CallResult::Outcome::answered:
    // An older service does not know the question, and closes: it is there.
    case CallResult::Outcome::broken:
      gave_sign_of_life();
      break;
    case CallResult::Outcome::timed_out:
      // It may only be busy. That matters if another service could do its work.
      if (calls_.empty() || employer_.has_other_than(*this)) {
        is_down("it does not answer");
        hand_back_all();
      }
      break;
    case CallResult::Outcome::unreachable:
      is_down(result.reason);
      break;
  }
  if (!armed()) loop_.arm_after(*this, up_ ? health_interval_ : backoff_.next());
}

void Service::gave_sign_of_life() {
  last_sign_ = loop_.now();
  if (!std::exchange(up_, true)) {
    log(Priority::notice, fmt::format("{:?} is back", format_address(config_.address)));
    trouble_.clear();
    backoff_.reset();
    loop_.arm_after(*this, health_interval_);
  }
  employer_.service_available();
}

void Service::is_down(const std::string& reason) {
  trouble_ = reason;
  if (!std::exchange(up_, false)) return;
  log(Priority::warning, fmt::format("{:?} is down: {}", format_address(config_.address), reason));
  if (!probe_) loop_.arm_after(*this, backoff_.next());
}

void Service::hand_back_all() {
  for (auto& [job, call] : std::exchange(calls_, {})) {
    retire(std::move(call));
    employer_.job_ended(
        std::move(job),
        {CallResult::Outcome::unreachable, {}, ErrorCode::none, "given to another service", 0});
  }
}

}  // namespace vsockfwd::qgs
