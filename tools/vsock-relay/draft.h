// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_DRAFT_H
#define VSOCKFWD_VSOCK_RELAY_DRAFT_H

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lib/result.h"
#include "vsock-relay/config.h"

namespace vsockfwd::relay {

/// A pair as it was written down: each setting is fine by itself, but they may not fit together.
struct PairDraft {
  /// The common part; its ends are not filled in.
  Pair pair;
  std::vector<Address> from;
  std::vector<Address> to;
  std::vector<Address> listen;
  std::vector<Address> connect;
  /// For each listener.
  ListenOptions listen_options;
  PeerPolicy allow;
  /// For each dialer; without targets.
  Dialer dialer;
  /// The keys that were given.
  std::set<std::string_view> given;
  /// Where it stands, as FILE:LINE:COLUMN; empty for the command line.
  std::string place;
};

/// A configuration as it was written down.
struct Draft {
  /// The common part; its pairs are not filled in.
  Config config;
  std::vector<PairDraft> pairs;
};

/// Makes a configuration of what was written down, or says what does not fit together.
Result<Config> finish(Draft draft);

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_DRAFT_H
