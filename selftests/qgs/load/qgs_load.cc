// SPDX-License-Identifier: GPL-2.0
/// Many guests that ask for quotes: each opens a connection, sends what QEMU and libtdx_attest
/// send, takes the reply, looks whether it is the quote of its own report, and begins again.
#include <sys/epoll.h>
#include <sys/socket.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "qgs/load/wire.h"
#include "relay/load/event_loop.h"
#include "relay/load/latency.h"
#include "relay/load/stream_socket.h"

namespace vsockfwd::qgs_load {
namespace {

using relay_load::EventLoop;
using relay_load::Latency;
using relay_load::Watcher;
using Clock = std::chrono::steady_clock;

struct Options {
  /// {n} stands for the number of the guest.
  std::string address;
  unsigned guests = 1;
  unsigned at_once = 1;
  unsigned requests = 0;
  double seconds = 0;
  bool raw = false;
};

struct Tally {
  std::uint64_t errors = 0;
  std::uint64_t wrong = 0;
  std::uint64_t closed = 0;
  std::uint64_t unreachable = 0;
  Latency latency;
  std::vector<std::uint64_t> answered;
};

std::uint64_t next_number = 1;
unsigned busy = 0;

/// One of a guest's chains of requests.
class Asker final : public Watcher {
 public:
  Asker(EventLoop& loop, const Options& options, Tally& tally, unsigned guest,
        Clock::time_point end)
      : loop_(loop), options_(options), tally_(tally), guest_(guest), end_(end) {
    auto text = options.address;
    if (const auto at = text.find("{n}"); at != std::string::npos) {
      text.replace(at, 3, std::to_string(guest));
    }
    if (auto address = relay_load::parse_socket_address(text)) address_ = *address;
    ++busy;
  }

  void begin() {
    const bool enough = options_.requests > 0 && asked_ >= options_.requests;
    if (enough || (options_.seconds > 0 && Clock::now() >= end_)) return leave();
    ++asked_;
    report_ = make_report(next_number++);
    request_ = options_.raw ? report_ : make_quote_request(report_);
    reply_.clear();
    sent_ = false;
    begun_ = Clock::now();
    auto fd = relay_load::begin_to_connect(address_);
    if (!fd) {
      ++tally_.unreachable;
      return leave();
    }
    fd_ = std::move(*fd);
    loop_.watch(fd_.get(), EPOLLOUT, *this);
  }

 private:
  void leave() {
    if (--busy == 0) loop_.stop();
  }

  void on_events(std::uint32_t /*events*/) override {
    if (!sent_) {
      const auto count = ::send(fd_.get(), request_.data(), request_.size(), MSG_NOSIGNAL);
      if (count != static_cast<ssize_t>(request_.size())) return end(tally_.closed);
      sent_ = true;
      loop_.change(fd_.get(), EPOLLIN, *this);
      return;
    }
    std::array<char, 16384> buffer;
    const auto count = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) return;
    if (count > 0) reply_.append(buffer.data(), static_cast<std::size_t>(count));
    const bool closed = count <= 0;
    if (options_.raw ? closed : closed || is_whole()) judge();
  }

  [[nodiscard]] bool is_whole() const {
    return reply_.size() >= 20 && reply_.size() >= read_big_endian(reply_) + std::size_t{4};
  }

  void judge() {
    if (reply_.empty()) return end(tally_.closed);
    const auto quote = make_quote(report_);
    if (reply_ == (options_.raw ? quote : make_quote_reply(quote))) {
      tally_.latency.add(Clock::now() - begun_);
      return end(tally_.answered[guest_]);
    }
    const bool error =
        !options_.raw && reply_ == make_error_reply(0, read_little_endian(reply_, 16));
    end(error ? tally_.errors : tally_.wrong);
  }

  void end(std::uint64_t& counter) {
    ++counter;
    fd_.reset();
    begin();
  }

  EventLoop& loop_;
  const Options& options_;
  Tally& tally_;
  unsigned guest_;
  Clock::time_point end_;
  relay_load::SocketAddress address_;
  unsigned asked_ = 0;
  std::string report_;
  std::string request_;
  std::string reply_;
  bool sent_ = false;
  Clock::time_point begun_;
  UniqueFd fd_;
};

/// 1 if all guests got as many quotes as each other, 1 / guests if one got them all.
double jain_index(const std::vector<std::uint64_t>& answered) {
  double sum = 0;
  double squares = 0;
  for (const auto count : answered) {
    sum += static_cast<double>(count);
    squares += static_cast<double>(count) * static_cast<double>(count);
  }
  return squares == 0 ? 1 : sum * sum / (static_cast<double>(answered.size()) * squares);
}

void print(Tally& tally, double seconds) {
  const auto& answered = tally.answered;
  const auto [least, most] = std::minmax_element(answered.begin(), answered.end());
  const bool any = tally.latency.count() > 0;
  std::printf(
      "{\"answered\": %zu, \"errors\": %llu, \"wrong\": %llu, \"closed\": %llu, "
      "\"unreachable\": %llu, \"seconds\": %.3f, \"p50_us\": %.1f, \"p99_us\": %.1f, "
      "\"max_us\": %.1f, \"least\": %llu, \"most\": %llu, \"jain\": %.4f}\n",
      tally.latency.count(), static_cast<unsigned long long>(tally.errors),
      static_cast<unsigned long long>(tally.wrong), static_cast<unsigned long long>(tally.closed),
      static_cast<unsigned long long>(tally.unreachable), seconds,
      any ? tally.latency.percentile(0.5) : 0, any ? tally.latency.percentile(0.99) : 0,
      any ? tally.latency.percentile(1) : 0, static_cast<unsigned long long>(*least),
      static_cast<unsigned long long>(*most), jain_index(answered));
}

int run(int argc, char** argv) {
  CLI::App app{"Guests that ask for quotes. Prints what became of their requests, as JSON."};
  Options options;
  app.add_option("address", options.address,
                 "unix:PATH or vsock:CID:PORT; {n} stands for the guest, from 0")
      ->required();
  app.add_option("--guests", options.guests)->check(CLI::PositiveNumber);
  app.add_option("--at-once", options.at_once, "requests of a guest")->check(CLI::PositiveNumber);
  auto* const requests = app.add_option("--requests", options.requests, "of each chain");
  app.add_option("--seconds", options.seconds)->excludes(requests);
  app.add_flag("--raw", options.raw, "bare reports instead of messages");
  CLI11_PARSE(app, argc, argv);
  if (options.requests == 0 && options.seconds <= 0) options.requests = 1;

  EventLoop loop;
  Tally tally;
  tally.answered.resize(options.guests);
  const auto start = Clock::now();
  const auto end = start + std::chrono::duration_cast<Clock::duration>(
                               std::chrono::duration<double>(options.seconds));
  std::vector<std::unique_ptr<Asker>> askers;
  for (unsigned guest = 0; guest < options.guests; ++guest) {
    for (unsigned i = 0; i < options.at_once; ++i) {
      askers.push_back(std::make_unique<Asker>(loop, options, tally, guest, end));
    }
  }
  for (const auto& asker : askers) asker->begin();
  if (busy > 0) loop.run();
  print(tally, std::chrono::duration<double>(Clock::now() - start).count());
  return 0;
}

}  // namespace
}  // namespace vsockfwd::qgs_load

int main(int argc, char** argv) {
  return vsockfwd::qgs_load::run(argc, argv);
}
