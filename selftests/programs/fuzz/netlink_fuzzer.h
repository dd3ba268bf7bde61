// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_PROGRAMS_FUZZ_NETLINK_FUZZER_H
#define VSOCKFWD_PROGRAMS_FUZZ_NETLINK_FUZZER_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/random.h"
#include "fuzz/tally.h"
#include "lib/unique_fd.h"

namespace vsockfwd::programs {

/// Sends messages of all kinds to the module's generic netlink family: some well-formed, some
/// nearly, some not. Of what is dumped, it often reads a part only.
class NetlinkFuzzer {
 public:
  explicit NetlinkFuzzer(std::uint64_t seed);

  /// Sends one datagram. Throws if the family answers to somebody without privileges.
  void step();

  [[nodiscard]] const Tally& tally() const { return tally_; }

 private:
  using Bytes = std::vector<std::byte>;

  std::uint16_t find_family();
  Bytes make_message();
  Bytes make_attributes();
  void send(const Bytes& data);
  void read_some();
  void count(std::span<const std::byte> datagram);

  Random random_;
  UniqueFd socket_;
  std::uint16_t family_ = 0;
  Tally tally_;
};

}  // namespace vsockfwd::programs

#endif  // VSOCKFWD_PROGRAMS_FUZZ_NETLINK_FUZZER_H
