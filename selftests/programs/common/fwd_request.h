// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_PROGRAMS_FWD_REQUEST_H
#define VSOCKFWD_PROGRAMS_FWD_REQUEST_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lib/result.h"

namespace vsockfwd::programs {

/// A field of a structure of the uapi. Its value may be any that fits, allowed or not.
struct Field {
  std::string_view name;
  /// In bytes, from the start of the structure.
  std::size_t offset = 0;
  /// In bytes: 4 or 8.
  std::size_t size = 0;
  /// Whether the module answers in it.
  bool out = false;

  [[nodiscard]] std::uint64_t get(std::span<const std::byte> structure) const;
  void set(std::span<std::byte> structure, std::uint64_t value) const;
};

using Fields = std::span<const Field>;

/// A request of the uapi and its structure.
struct FwdRequest {
  std::string_view name;
  /// What ioctl(2) calls it.
  unsigned long number = 0;
  /// Bytes that the structure has here; the module may know more or fewer.
  std::size_t size = 0;
  Fields fields;

  /// The field of that name.
  [[nodiscard]] Result<Field> field(std::string_view field_name) const;
};

/// All requests, in the order of their numbers.
std::span<const FwdRequest> fwd_requests();

/// The fields of a listed rule.
Fields rule_fields();

/// " NAME=VALUE" for each field that the module answers in.
std::string answer_text(Fields fields, std::span<const std::byte> structure);

}  // namespace vsockfwd::programs

#endif  // VSOCKFWD_PROGRAMS_FWD_REQUEST_H
