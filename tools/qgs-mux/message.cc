// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/message.h"

#include <fmt/format.h>

namespace vsockfwd::qgs {
namespace {

constexpr std::uint32_t platform_info_type = 4;

void append_u16(std::string& bytes, std::uint16_t number) {
  bytes += static_cast<char>(number & 0xff);
  bytes += static_cast<char>(number >> 8);
}

void append_u32(std::string& bytes, std::uint32_t number) {
  append_u16(bytes, static_cast<std::uint16_t>(number & 0xffff));
  append_u16(bytes, static_cast<std::uint16_t>(number >> 16));
}

/// A message whose body is `body_size` bytes of zero, in its frame.
std::string frame(std::uint32_t type, ErrorCode error, std::size_t body_size) {
  const auto size = static_cast<std::uint32_t>(header_size + body_size);
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>((size >> shift) & 0xff);
  append_u16(bytes, 1);
  append_u16(bytes, 1);
  append_u32(bytes, type);
  append_u32(bytes, size);
  append_u32(bytes, static_cast<std::uint32_t>(error));
  bytes.append(body_size, '\0');
  return bytes;
}

/// What stands behind the header of each reply: numbers, all of them sizes or versions.
std::size_t fixed_reply_size(RequestKind kind) {
  switch (kind) {
    case RequestKind::quote:
    case RequestKind::migration_quote:
      return 2 * sizeof(std::uint32_t);
    case RequestKind::collateral:
      return 2 * sizeof(std::uint16_t) + 7 * sizeof(std::uint32_t);
    case RequestKind::platform_info:
      return 2 * sizeof(std::uint16_t) + 2 * sizeof(std::uint32_t);
    case RequestKind::raw_quote:
      break;
  }
  return 0;
}

std::string_view meaning(ErrorCode code) {
  switch (code) {
    case ErrorCode::none:
      return "success";
    case ErrorCode::unexpected:
      return "unexpected error";
    case ErrorCode::out_of_memory:
      return "out of memory";
    case ErrorCode::invalid_parameter:
      return "invalid parameter";
    case ErrorCode::invalid_version:
      return "unknown version of the message";
    case ErrorCode::invalid_type:
      return "unknown type of message";
    case ErrorCode::invalid_size:
      return "the sizes in the message do not fit";
    case ErrorCode::invalid_code:
      return "unknown error code";
  }
  return "a code that is not documented";
}

}  // namespace

std::string_view name_of(RequestKind kind) {
  switch (kind) {
    case RequestKind::quote:
      return "quote";
    case RequestKind::collateral:
      return "collateral";
    case RequestKind::platform_info:
      return "platform_info";
    case RequestKind::migration_quote:
      return "migration_quote";
    case RequestKind::raw_quote:
      return "raw_quote";
  }
  return {};
}

std::string describe(ErrorCode code) {
  return fmt::format("{:#x}: {}", static_cast<std::uint32_t>(code), meaning(code));
}

std::uint32_t read_length(std::string_view bytes) {
  std::uint32_t length = 0;
  for (const char byte : bytes.substr(0, length_size)) {
    length = length << 8 | static_cast<unsigned char>(byte);
  }
  return length;
}

std::uint16_t read_u16(std::string_view message, std::size_t offset) {
  const auto low = static_cast<unsigned char>(message.at(offset));
  const auto high = static_cast<unsigned char>(message.at(offset + 1));
  return static_cast<std::uint16_t>(low | high << 8);
}

std::uint32_t read_u32(std::string_view message, std::size_t offset) {
  return read_u16(message, offset) | std::uint32_t{read_u16(message, offset + 2)} << 16;
}

Header read_header(std::string_view message) {
  return {read_u16(message, 0), read_u16(message, 2), read_u32(message, 4), read_u32(message, 8),
          ErrorCode{read_u32(message, 12)}};
}

std::uint32_t reply_type(RequestKind kind) {
  switch (kind) {
    case RequestKind::collateral:
      return 3;
    case RequestKind::platform_info:
      return 5;
    default:
      return 1;
  }
}

std::string error_reply(RequestKind kind, ErrorCode code) {
  if (kind == RequestKind::raw_quote) return {};
  return frame(reply_type(kind), code, fixed_reply_size(kind));
}

std::string platform_info_request() {
  return frame(platform_info_type, ErrorCode::none, 0);
}

Result<PlatformInfo> parse_platform_info(std::string_view frame) {
  const auto refuse = [](std::string reason) {
    return Failure(Error{std::move(reason), "is this the socket of a quote generation service?"});
  };
  if (frame.size() < length_size + header_size) return refuse("the answer is too short");
  const auto message = frame.substr(length_size);
  const auto header = read_header(message);
  if (header.type != reply_type(RequestKind::platform_info)) {
    return refuse("the answer is no platform info");
  }
  if (header.error != ErrorCode::none) {
    return Failure(Error{fmt::format("QGS answered {}", describe(header.error)), {}});
  }
  const auto fixed = header_size + fixed_reply_size(RequestKind::platform_info);
  if (message.size() < fixed) return refuse("the answer is too short");
  const std::uint64_t id_size = read_u32(message, 20);
  const std::uint64_t svn_size = read_u32(message, 24);
  if (message.size() != fixed + id_size + svn_size) {
    return refuse("the sizes in the answer do not fit");
  }
  return PlatformInfo{read_u16(message, 16), read_u16(message, 18),
                      std::string(message.substr(fixed, id_size)),
                      std::string(message.substr(fixed + id_size, svn_size))};
}

}  // namespace vsockfwd::qgs
