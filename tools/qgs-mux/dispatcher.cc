// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/dispatcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace vsockfwd::qgs {
namespace {

/// How many services may break off one request, or one service how often. To a raw request, closing
/// is also how a service says no.
constexpr unsigned most_attempts = 3;

}  // namespace

Result<SocketAddress> service_socket_address(const Address& address) {
  if (const auto* const path = std::get_if<UnixAddress>(&address)) {
    return SocketAddress::unix_socket(*path);
  }
  if (const auto* const vsock = std::get_if<VsockAddress>(&address)) {
    return SocketAddress::vsock(vsock->cid, vsock->port);
  }
  return Failure(Error{fmt::format("{:?} is no address of a service", format_address(address)),
                       "one of: unix:PATH, vsock:CID:PORT"});
}

Result<void> Dispatcher::employ(const Config& config) {
  std::vector<SocketAddress> addresses;
  for (const auto& wanted : config.services) {
    auto address = service_socket_address(wanted.address);
    if (!address) return Failure(std::move(address.error()));
    addresses.push_back(*address);
  }
  auto former = std::exchange(services_, {});
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const auto& wanted = config.services[i];
    const auto same = std::find_if(former.begin(), former.end(), [&wanted](const auto& service) {
      return service && service->address() == wanted.address;
    });
    if (same == former.end()) {
      services_.push_back(
          std::make_unique<Service>(loop_, wanted, addresses[i], config.health_interval, *this));
    } else {
      (*same)->change(wanted, config.health_interval);
      services_.push_back(std::move(*same));
    }
  }
  for (auto& service : former) {
    if (service) leaving_.push_back(std::move(service));
  }
  dismiss_idle();
  dispatch();
  return {};
}

void Dispatcher::submit(std::unique_ptr<Job> job) {
  queue_.push(std::move(job));
  dispatch();
}

void Dispatcher::withdraw(Job& job) {
  job.client = nullptr;
  queue_.remove(job);
}

std::size_t Dispatcher::threads() const {
  std::size_t sum = 0;
  for (const auto& service : services_) sum += service->threads();
  return sum;
}

void Dispatcher::job_ended(std::unique_ptr<Job> job, CallResult result) {
  auto* const client = job->client;
  if (client == nullptr) {
    // Its client has left.
  } else if (result.outcome == CallResult::Outcome::answered) {
    client->answered(std::move(result.reply), result.error);
  } else if (result.outcome == CallResult::Outcome::unreachable ||
             ++job->attempts < most_attempts) {
    queue_.push_front(std::move(job));
  } else {
    client->failed(fmt::format("the service {}", result.reason));
  }
  if (!leaving_.empty()) {
    // Not here: it may be the one that calls.
    loop_.post([this] { dismiss_idle(); });
  }
  dispatch();
}

bool Dispatcher::has_other_than(const Service& service) const {
  return std::any_of(services_.begin(), services_.end(), [&service](const auto& other) {
    return other.get() != &service && other->up();
  });
}

void Dispatcher::dispatch() {
  while (!queue_.empty()) {
    auto* const service = choose();
    if (service == nullptr) return;
    service->serve(queue_.pop());
  }
}

Service* Dispatcher::choose() const {
  Service* best = nullptr;
  // The one of whose threads the smallest part is busy; of equals, the first.
  const auto busier = [](const Service& left, const Service& right) {
    return left.busy() * right.threads() > right.busy() * left.threads();
  };
  for (const auto& service : services_) {
    if (!service->available()) continue;
    if (best == nullptr || busier(*best, *service)) best = service.get();
  }
  return best;
}

void Dispatcher::dismiss_idle() {
  std::erase_if(leaving_, [](const auto& service) { return service->busy() == 0; });
}

}  // namespace vsockfwd::qgs
