// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_ALLOWLIST_H
#define VSOCKFWD_VSOCK_RELAY_ALLOWLIST_H

#include <string>
#include <string_view>
#include <vector>

#include "lib/address.h"
#include "lib/result.h"
#include "vsock-relay/config.h"

namespace vsockfwd::relay {

/// The targets that an administrator allows, from a file of AWS vsock-proxy:
///
///   allowlist:
///     - {address: kms.us-east-1.amazonaws.com, port: 443}
///
/// A target is allowed if the list has its host and its port. Hosts are compared as they are
/// written: names without regard to case, IP addresses by value. Nothing is resolved, so nobody who
/// answers DNS queries has a say.
class Allowlist {
 public:
  /// Reads the text of such a file. `path` is for messages, which begin with path:line:column.
  static Result<Allowlist> parse(std::string_view text, std::string_view path);

  [[nodiscard]] bool allows(const TcpAddress& target) const;

 private:
  std::vector<TcpAddress> targets_;
};

/// Checks all tcp: targets of a configuration against its target_allowlist, if it has one. The file
/// is read anew each time. Targets of other kinds have no place in such a file; they are allowed.
Result<void> check_targets(const Config& config);

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_ALLOWLIST_H
