// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_PROGRAMS_FUZZ_TALLY_H
#define VSOCKFWD_PROGRAMS_FUZZ_TALLY_H

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <string>

#include "guest/failure.h"

namespace vsockfwd::programs {

/// How often the module gave which answer: an errno, or 0 for success.
class Tally {
 public:
  void count(int code) { ++answers_[code]; }

  void add(const Tally& other) {
    for (const auto& [code, times] : other.answers_) answers_[code] += times;
  }

  /// {"ok": N, "EINVAL": N, ...}
  [[nodiscard]] std::string to_json() const {
    std::string text;
    for (const auto& [code, times] : answers_) {
      text += fmt::format(R"({}"{}": {})", text.empty() ? "" : ", ",
                          code == 0 ? "ok" : errno_name(code), times);
    }
    return fmt::format("{{{}}}", text);
  }

 private:
  std::map<int, std::uint64_t> answers_;
};

}  // namespace vsockfwd::programs

#endif  // VSOCKFWD_PROGRAMS_FUZZ_TALLY_H
