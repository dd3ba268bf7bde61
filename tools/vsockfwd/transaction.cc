// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/transaction.h"

#include <cerrno>
#include <utility>

namespace vsockfwd {
namespace {

/// Deletes a rule that may be gone. Returns whether it was there.
Result<bool> delete_if_there(const FwdDevice& device, const Rule& rule) {
  const auto gone = device.rule_del(rule.guest_cid, rule.ports);
  if (gone) return true;
  if (gone.error().code == ENOENT) return false;
  return Failure(gone.error());
}

}  // namespace

Transaction::Transaction(const FwdDevice& device) : device_(device), former_signals_() {
  sigset_t ending;
  ::sigemptyset(&ending);
  for (const int signal : {SIGHUP, SIGINT, SIGTERM}) ::sigaddset(&ending, signal);
  ::sigprocmask(SIG_BLOCK, &ending, &former_signals_);
}

Transaction::~Transaction() {
  ::sigprocmask(SIG_SETMASK, &former_signals_, nullptr);
}

Result<void> Transaction::add(const Rule& rule) {
  const auto added = device_.rule_add(rule);
  if (added) changes_.push_back({rule, /*added=*/true});
  return added;
}

Result<void> Transaction::del(const Rule& rule) {
  return delete_if_there(device_, rule).map([&](bool was_there) {
    if (was_there) changes_.push_back({rule, /*added=*/false});
  });
}

std::vector<Error> Transaction::roll_back() {
  std::vector<Error> errors;
  for (; !changes_.empty(); changes_.pop_back()) {
    const auto& [rule, added] = changes_.back();
    const auto undone =
        added ? delete_if_there(device_, rule).map([](bool) {}) : device_.rule_add(rule);
    if (!undone) errors.push_back(undone.error());
  }
  return errors;
}

}  // namespace vsockfwd
