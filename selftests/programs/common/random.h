// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_PROGRAMS_RANDOM_H
#define VSOCKFWD_PROGRAMS_RANDOM_H

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

namespace vsockfwd::programs {

/// Numbers that follow from a seed, the same everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// Any number.
  std::uint64_t any() { return engine_(); }

  /// A number below `limit`, which is not 0. Not quite uniform, which does not matter here.
  std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }

  /// True once in `times`, on average.
  bool once_in(std::uint64_t times) { return below(times) == 0; }

  /// One of the values; there is at least one.
  template <typename Values>
  auto pick(const Values& values) {
    return values[below(std::size(values))];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace vsockfwd::programs

#endif  // VSOCKFWD_PROGRAMS_RANDOM_H
