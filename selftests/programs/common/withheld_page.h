// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_PROGRAMS_WITHHELD_PAGE_H
#define VSOCKFWD_PROGRAMS_WITHHELD_PAGE_H

#include <cstdint>

#include "lib/unique_fd.h"

namespace vsockfwd::programs {

/// Memory that does not come before it is given: a call of the kernel that reads it waits, and
/// holds what it holds. Needs privileges when it is made, and throws std::system_error without
/// them.
class WithheldPage {
 public:
  WithheldPage();
  WithheldPage(const WithheldPage&) = delete;
  WithheldPage& operator=(const WithheldPage&) = delete;
  ~WithheldPage();

  [[nodiscard]] const void* data() const { return page_; }

  /// Until somebody waits for the page.
  void wait_for_reader() const;
  /// Its first bytes are `value`.
  void give(std::uint64_t value) const;

 private:
  [[nodiscard]] std::uintptr_t address() const { return reinterpret_cast<std::uintptr_t>(page_); }

  UniqueFd faults_;
  void* page_;
};

}  // namespace vsockfwd::programs

#endif  // VSOCKFWD_PROGRAMS_WITHHELD_PAGE_H
