// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_QGS_MUX_MESSAGE_H
#define VSOCKFWD_QGS_MUX_MESSAGE_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/result.h"

/// What clients and Intel's quote generation service (QGS) say to each other. A message travels in
/// a frame: its size in 4 bytes, big-endian, then the message, which is little-endian throughout
/// and has no padding. The older way is raw: a bare TD report, answered by the bare quote.
namespace vsockfwd::qgs {

/// The length in front of a message.
inline constexpr std::size_t length_size = 4;
/// Of a message: versions, type, size and error.
inline constexpr std::size_t header_size = 16;
/// A TD report. A raw request is one, and nothing else.
inline constexpr std::size_t report_size = 1024;
/// The first byte of a TD report: its type. As a length it would be beyond every limit.
inline constexpr char report_first_byte = '\x81';

/// What a client wants.
enum class RequestKind { quote, collateral, platform_info, migration_quote, raw_quote };

/// In words, for logs and metrics: letters, digits and _.
std::string_view name_of(RequestKind kind);

/// What the service answers with instead of a quote.
enum class ErrorCode : std::uint32_t {
  none = 0,
  unexpected = 0x12001,
  out_of_memory = 0x12002,
  invalid_parameter = 0x12003,
  invalid_version = 0x12004,
  invalid_type = 0x12005,
  invalid_size = 0x12006,
  invalid_code = 0x12007,
};

/// A code that came over the wire, as in: 0x12002: out of memory.
std::string describe(ErrorCode code);

/// The first 16 bytes of each message.
struct Header {
  std::uint16_t major = 1;
  std::uint16_t minor = 1;
  std::uint32_t type = 0;
  /// Of the message, this header included.
  std::uint32_t size = 0;
  ErrorCode error = ErrorCode::none;
};

/// Reads the length in front of a message; `bytes` has at least 4.
std::uint32_t read_length(std::string_view bytes);
/// Reads a header; `message` has at least 16 bytes.
Header read_header(std::string_view message);
/// Reads a number in the little-endian order of messages.
std::uint32_t read_u32(std::string_view message, std::size_t offset);
std::uint16_t read_u16(std::string_view message, std::size_t offset);

/// The message type of the answer to a framed request.
std::uint32_t reply_type(RequestKind kind);

/// What a client of this kind gets when there is no better answer: the fixed part of the reply with
/// the error in its header, framed. Empty for raw requests: their clients see the connection close.
std::string error_reply(RequestKind kind, ErrorCode code);

/// Asks the service for what it knows about the machine, framed. The cheapest question there is.
std::string platform_info_request();

/// What the service knows about the machine.
struct PlatformInfo {
  /// Security version of the TD quoting enclave.
  std::uint16_t tdqe_isvsvn = 0;
  /// Security version of the provisioning certification enclave.
  std::uint16_t pce_isvsvn = 0;
  /// Bytes, not text.
  std::string platform_id;
  std::string cpusvn;
};

/// Reads a framed reply to platform_info_request(). Fails if it is none; a service that answers
/// with an error is one of the reasons.
Result<PlatformInfo> parse_platform_info(std::string_view frame);

}  // namespace vsockfwd::qgs

#endif  // VSOCKFWD_QGS_MUX_MESSAGE_H
