// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_PROGRAMS_FUZZ_IOCTL_FUZZER_H
#define VSOCKFWD_PROGRAMS_FUZZ_IOCTL_FUZZER_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "common/fwd_request.h"
#include "common/guarded_memory.h"
#include "common/random.h"
#include "fuzz/tally.h"
#include "lib/cid.h"
#include "lib/unique_fd.h"

namespace vsockfwd::programs {

/// Makes requests of all kinds on the module's device: some well-formed, some nearly, some not.
class IoctlFuzzer {
 public:
  /// `own_guest` is a CID that nobody else uses. `shared` is memory that another thread changes all
  /// the time, or nothing.
  IoctlFuzzer(std::uint64_t seed, Cid own_guest, std::span<std::byte> shared);

  /// Makes one request. Throws if the answer is none that the uapi allows.
  void step();

  [[nodiscard]] const Tally& tally() const { return tally_; }

 private:
  struct Call {
    const FwdRequest* request;
    unsigned long number;
    std::vector<std::byte> structure;
  };

  void reopen();
  Call make_call();
  void fill(Call& call);
  void fill_add(Call& call);
  std::uint64_t some_descriptor();
  void mutate(Call& call);
  void keep_list_in_bounds(Call& call) const;
  std::uint64_t value_for(std::string_view name);
  int make(Call call);
  void* place(const Call& call);
  void check(const Call& call, int code) const;
  void check_rights(const Call& call) const;

  Random random_;
  Cid own_guest_;
  std::span<std::byte> shared_;
  UniqueFd device_;
  UniqueFd vhost_;
  /// Structures end where it ends.
  GuardedMemory memory_;
  std::optional<GuardedMemory> read_only_;
  /// Where the module may write a list; the rest of what we have it shall not reach.
  GuardedMemory entries_;
  Tally tally_;
};

}  // namespace vsockfwd::programs

#endif  // VSOCKFWD_PROGRAMS_FUZZ_IOCTL_FUZZER_H
