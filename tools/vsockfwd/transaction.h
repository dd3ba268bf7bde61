// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_TRANSACTION_H
#define VSOCKFWD_VSOCKFWD_TRANSACTION_H

#include <csignal>
#include <string>
#include <vector>

#include "lib/fwd_device.h"

namespace vsockfwd {

/// Changes of the rules that are made together or taken back together. While it exists, the signals
/// with which people and systems end a program wait.
class Transaction {
 public:
  /// Changes the rules of `device`, which has to live longer.
  explicit Transaction(const FwdDevice& device);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  Result<void> add(const Rule& rule);

  /// Deletes a rule, unless somebody else has just done so.
  Result<void> del(const Rule& rule);

  /// Takes all changes back, the last one first. Returns what went wrong; nothing if all is as it
  /// was.
  [[nodiscard]] std::vector<Error> roll_back();

 private:
  struct Change {
    Rule rule;
    bool added;
  };

  const FwdDevice& device_;
  std::vector<Change> changes_;
  sigset_t former_signals_;
};

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_TRANSACTION_H
