// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/reply_reader.h"

#include <fmt/format.h>

#include <cstdint>

namespace vsockfwd::qgs {

ReplyReader::ReplyReader(RequestKind kind)
    : kind_(kind),
      // One more than is allowed, to see that it is too large.
      target_(kind == RequestKind::raw_quote ? largest_raw_quote + 1 : length_size + header_size) {}

void ReplyReader::take(std::string_view bytes) {
  bytes_ += bytes;
  if (bytes_.size() == target_) inspect();
}

void ReplyReader::end() {
  if (complete_ || failure_) return;
  if (kind_ == RequestKind::raw_quote && begun()) {
    complete_ = true;
  } else {
    failure_ = begun() ? fmt::format("closed after {} bytes of the reply", bytes_.size())
                       : "closed without a reply";
  }
}

void ReplyReader::inspect() {
  if (kind_ == RequestKind::raw_quote) {
    failure_ = fmt::format("sent more than {} bytes for a quote", largest_raw_quote);
  } else if (target_ == length_size + header_size) {
    inspect_header();
  } else {
    inspect_body();
  }
}

void ReplyReader::inspect_header() {
  const auto length = read_length(bytes_);
  const auto header = read_header(std::string_view(bytes_).substr(length_size));
  if (header.major != 1 || header.type != reply_type(kind_)) {
    failure_ = fmt::format("sent a message of version {}.{} and type {}", header.major,
                           header.minor, header.type);
  } else if (header.size != length || length > largest_reply - length_size) {
    failure_ = fmt::format("sent a message of {} bytes in a frame of {}", header.size, length);
  } else if (length < read_length(error_reply(kind_, ErrorCode::unexpected))) {
    failure_ = fmt::format("sent a message of {} bytes, too short for its type", length);
  } else {
    error_ = header.error;
    target_ = length_size + length;
    bytes_.reserve(target_);
  }
}

void ReplyReader::inspect_body() {
  // An error code with a body is passed on as it is: the client looks at the code first.
  const auto message = std::string_view(bytes_).substr(length_size);
  const bool is_quote = reply_type(kind_) == reply_type(RequestKind::quote);
  if (is_quote && error_ == ErrorCode::none) {
    const auto fixed = header_size + 2 * sizeof(std::uint32_t);
    const auto size = fixed + std::uint64_t{read_u32(message, 16)} + read_u32(message, 20);
    if (size != message.size()) {
      failure_ =
          fmt::format("sent a message of {} bytes whose parts make {}", message.size(), size);
      return;
    }
  }
  complete_ = true;
}

}  // namespace vsockfwd::qgs
