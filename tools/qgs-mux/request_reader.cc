// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/request_reader.h"

#include <fmt/format.h>

#include <utility>

namespace vsockfwd::qgs {
namespace {

std::optional<RequestKind> kind_of(std::uint32_t type) {
  switch (type) {
    case 0:
      return RequestKind::quote;
    case 2:
      return RequestKind::collateral;
    case 4:
      return RequestKind::platform_info;
    case 6:
      return RequestKind::migration_quote;
    default:
      return std::nullopt;
  }
}

/// How many parts the body has; their sizes stand in front of them.
std::size_t count_parts(RequestKind kind) {
  switch (kind) {
    case RequestKind::quote:
    case RequestKind::collateral:
      return 2;
    case RequestKind::migration_quote:
      return 3;
    default:
      return 0;
  }
}

}  // namespace

void RequestReader::take(std::string_view bytes) {
  bytes_ += bytes;
  if (bytes_.size() == target_) inspect();
}

Request RequestReader::release() {
  Request request{*kind_, std::move(bytes_)};
  *this = {};
  return request;
}

void RequestReader::inspect() {
  if (target_ == length_size) {
    inspect_length();
  } else if (!kind_) {
    inspect_header();
  } else if (kind_ != RequestKind::raw_quote) {
    inspect_body();
  }
}

void RequestReader::inspect_length() {
  if (bytes_.front() == report_first_byte) {
    kind_ = RequestKind::raw_quote;
    target_ = report_size;
    bytes_.reserve(target_);
    return;
  }
  const auto length = read_length(bytes_);
  if (length < header_size) {
    return refuse(ErrorCode::invalid_size, fmt::format("a message of {} bytes", length));
  }
  // Too long a message is refused when its header has told its type: the client gets a reply.
  target_ = length_size + header_size;
}

void RequestReader::inspect_header() {
  const auto length = read_length(bytes_);
  const auto header = read_header(std::string_view(bytes_).substr(length_size));
  if (header.major != 1) {
    kind_ = kind_of(header.type);
    return refuse(ErrorCode::invalid_version,
                  fmt::format("a message of version {}.{}", header.major, header.minor));
  }
  kind_ = kind_of(header.type);
  if (!kind_) {
    return refuse(ErrorCode::invalid_type, fmt::format("a message of type {}", header.type));
  }
  if (header.size != length) {
    return refuse(ErrorCode::invalid_size,
                  fmt::format("a message of {} bytes in a frame of {}", header.size, length));
  }
  if (length > largest_request - length_size) {
    return refuse(ErrorCode::invalid_size, fmt::format("a message of {} bytes", length));
  }
  const auto smallest = header_size + count_parts(*kind_) * sizeof(std::uint32_t);
  if (length < smallest) {
    return refuse(ErrorCode::invalid_size,
                  fmt::format("a message of {} bytes, of {} at least", length, smallest));
  }
  target_ = length_size + length;
  bytes_.reserve(target_);
  if (wanted() == 0) inspect_body();
}

void RequestReader::inspect_body() {
  const auto message = std::string_view(bytes_).substr(length_size);
  const auto parts = count_parts(*kind_);
  std::uint64_t size = header_size + parts * sizeof(std::uint32_t);
  for (std::size_t part = 0; part < parts; ++part) {
    size += read_u32(message, header_size + part * sizeof(std::uint32_t));
  }
  if (size != message.size()) {
    refuse(ErrorCode::invalid_size,
           fmt::format("a message of {} bytes whose parts make {}", message.size(), size));
  }
}

}  // namespace vsockfwd::qgs
