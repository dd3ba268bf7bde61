// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_TRANSACTION_H
#define VSOCKFWD_VSOCKFWD_TRANSACTION_H

#include <csignal>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "lib/fwd_device.h"
#include "lib/rule.h"
#include "vsockfwd/command.h"

namespace vsockfwd {

/// Changes that are made together or taken back together. While it exists, the signals with which
/// people and systems end a program wait.
class Transaction {
 public:
  explicit Transaction(const Machine& machine);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  /// The same machine, where every change is part of this transaction. Refers to this object.
  [[nodiscard]] Machine machine();

  /// Takes all changes back, the last one first. Returns what went wrong; nothing if all is as it
  /// was.
  [[nodiscard]] std::vector<Error> roll_back();

 private:
  struct Added {
    Rule rule;
  };
  struct Deleted {
    Rule rule;
  };
  struct AliasChanged {
    Cid before;
  };
  using Change = std::variant<Added, Deleted, AliasChanged>;

  int request(int fd, unsigned long number, void* argument);

  /// What a request will have changed if it succeeds; nothing if it changes nothing.
  Result<std::optional<Change>> change_by(unsigned long number, const void* argument);

  Result<Rule> existing_rule(const vhost_vsock_fwd_rule_del& request);
  Result<void> look_at_rules();
  void note(const Change& change);
  [[nodiscard]] Result<void> undo(const Change& change);
  [[nodiscard]] Result<const FwdDevice*> device();

  const Machine& machine_;
  /// Opened with the first change.
  std::optional<FwdDevice> device_;
  /// As far as they are known.
  std::map<RulePlace, Rule> rules_;
  std::vector<Change> changes_;
  sigset_t former_signals_;
};

/// Takes all changes back, and adds to `error`, which made that necessary, what came of it.
Error take_back(Transaction& transaction, Error error);

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_TRANSACTION_H
