// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/transaction.h"

#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include "vsockfwd/module.h"
#include "vsockfwd/rule_form.h"

namespace vsockfwd {
namespace {

template <typename T>
const T& structure(const void* argument) {
  return *static_cast<const T*>(argument);
}

Rule rule_of(const vhost_vsock_fwd_rule_add& request) {
  return vsockfwd::rule_of(vhost_vsock_fwd_rule{.id = 0,
                                                .flags = request.flags,
                                                .guest_cid = request.guest_cid,
                                                .from_cid = request.from_cid,
                                                .to_cid = request.to_cid,
                                                .port_first = request.port_first,
                                                .port_last = request.port_last,
                                                .to_port = request.to_port,
                                                .__reserved = 0});
}

}  // namespace

Transaction::Transaction(const Machine& machine) : machine_(machine), former_signals_() {
  sigset_t ending;
  ::sigemptyset(&ending);
  for (const int signal : {SIGHUP, SIGINT, SIGTERM}) ::sigaddset(&ending, signal);
  ::sigprocmask(SIG_BLOCK, &ending, &former_signals_);
}

Transaction::~Transaction() {
  ::sigprocmask(SIG_SETMASK, &former_signals_, nullptr);
}

Machine Transaction::machine() {
  auto recording = machine_;
  recording.ioctl = [this](int fd, unsigned long number, void* argument) {
    return request(fd, number, argument);
  };
  return recording;
}

std::vector<Error> Transaction::roll_back() {
  std::vector<Error> errors;
  for (; !changes_.empty(); changes_.pop_back()) {
    if (const auto undone = undo(changes_.back()); !undone) errors.push_back(undone.error());
  }
  return errors;
}

int Transaction::request(int fd, unsigned long number, void* argument) {
  const auto change = change_by(number, argument);
  if (!change) {
    errno = change.error().code != 0 ? change.error().code : EIO;
    return -1;
  }
  const int result = machine_.ioctl(fd, number, argument);
  if (result >= 0 && *change) note(**change);
  return result;
}

Result<std::optional<Transaction::Change>> Transaction::change_by(unsigned long number,
                                                                  const void* argument) {
  switch (number) {
    case VHOST_VSOCK_FWD_RULE_ADD:
      return Added{rule_of(structure<vhost_vsock_fwd_rule_add>(argument))};
    case VHOST_VSOCK_FWD_RULE_DEL:
      return existing_rule(structure<vhost_vsock_fwd_rule_del>(argument)).map([](const Rule& rule) {
        return std::optional<Change>(Deleted{rule});
      });
    case VHOST_VSOCK_FWD_HOST_ALIAS:
      return device()
          .and_then([](const auto* device) { return device->info(); })
          .map([](auto info) { return std::optional<Change>(AliasChanged{info.host_alias}); });
    default:
      return std::nullopt;
  }
}

Result<Rule> Transaction::existing_rule(const vhost_vsock_fwd_rule_del& request) {
  const RulePlace place = {request.guest_cid, request.port_first, request.port_last};
  if (!rules_.contains(place)) {
    if (const auto looked = look_at_rules(); !looked) return Failure(looked.error());
  }
  const auto found = rules_.find(place);
  if (found != rules_.end()) return found->second;
  return Failure(Error{"there is no such rule", "", ENOENT});
}

Result<void> Transaction::look_at_rules() {
  const auto listed = device().and_then([](const auto* device) { return device->rules(); });
  if (!listed) return Failure(listed.error());
  rules_.clear();
  for (const auto& entry : *listed) {
    const auto rule = vsockfwd::rule_of(entry);
    rules_.emplace(place_of(rule), rule);
  }
  return {};
}

void Transaction::note(const Change& change) {
  changes_.push_back(change);
  if (const auto* const added = std::get_if<Added>(&change)) {
    rules_.insert_or_assign(place_of(added->rule), added->rule);
  } else if (const auto* const deleted = std::get_if<Deleted>(&change)) {
    rules_.erase(place_of(deleted->rule));
  }
}

Result<void> Transaction::undo(const Change& change) {
  const auto opened = device();
  if (!opened) return Failure(opened.error());
  const auto& device = **opened;

  if (const auto* const alias = std::get_if<AliasChanged>(&change)) {
    return device.set_host_alias(alias->before);
  }
  if (const auto* const deleted = std::get_if<Deleted>(&change)) {
    if (deleted->rule.persistent) return device.rule_add(deleted->rule);
    return Failure(Error{fmt::format("{:?} was of a running program", format_rule(deleted->rule)),
                         "restart the program that had added it"});
  }
  const auto& rule = std::get<Added>(change).rule;
  const auto gone = device.rule_del(rule.guest_cid, rule.ports);
  // Somebody else may have deleted it first.
  return gone || gone.error().code == ENOENT ? Result<void>() : gone;
}

Result<const FwdDevice*> Transaction::device() {
  if (!device_) {
    auto opened = open_module(machine_);
    if (!opened) return Failure(opened.error());
    device_ = std::move(*opened);
  }
  return &*device_;
}

Error take_back(Transaction& transaction, Error error) {
  const auto problems = transaction.roll_back();
  if (problems.empty()) {
    error.message += "; the former rules are there again";
    return error;
  }
  error.message += fmt::format("; {} of the former rules are not as they were: {}", problems.size(),
                               problems.front().message);
  error.hint = "run \"vsockfwd rule show\" and compare";
  return error;
}

}  // namespace vsockfwd
