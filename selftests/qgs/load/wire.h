// SPDX-License-Identifier: GPL-2.0
#ifndef VSOCKFWD_QGS_LOAD_WIRE_H
#define VSOCKFWD_QGS_LOAD_WIRE_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// The messages of the quote generation service, written down a second time: what is tested has its
/// own, and a mistake must not be in both.
namespace vsockfwd::qgs_load {

inline constexpr std::size_t report_size = 1024;
/// Where a TD report has the 64 bytes that its guest chose. The quote has them too.
inline constexpr std::size_t report_data_offset = 128;
inline constexpr std::size_t report_data_size = 64;

/// A TD report whose guest chose the decimal digits of a number.
std::string make_report(std::uint64_t number);

/// "QUOTE", the report data, and as much filling as a quote of today has.
std::string make_quote(std::string_view report);

/// The length in front of a message.
std::uint32_t read_big_endian(std::string_view bytes);
std::uint32_t read_little_endian(std::string_view bytes, std::size_t offset);

/// A message in its frame. `body` is what follows the header.
std::string make_message(std::uint32_t type, std::uint32_t error, std::string_view body);

std::string make_quote_request(std::string_view report);
std::string make_quote_reply(std::string_view quote);
/// The reply to a request of this type, when something is wrong: the fixed part.
std::string make_error_reply(std::uint32_t request_type, std::uint32_t error);
std::string make_platform_info_reply();
std::string make_collateral_reply();

}  // namespace vsockfwd::qgs_load

#endif  // VSOCKFWD_QGS_LOAD_WIRE_H
