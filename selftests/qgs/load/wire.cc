// SPDX-License-Identifier: GPL-2.0
#include "qgs/load/wire.h"

namespace vsockfwd::qgs_load {
namespace {

constexpr std::size_t quote_filling = 4900;

std::string little_endian(std::uint32_t number, int bytes = 4) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(number >> 8 * i & 0xff);
  return text;
}

}  // namespace

std::string make_report(std::uint64_t number) {
  std::string report(report_size, '\0');
  report[0] = '\x81';
  const auto digits = std::to_string(number);
  report.replace(report_data_offset, digits.size(), digits);
  return report;
}

std::string make_quote(std::string_view report) {
  return "QUOTE" + std::string(report.substr(report_data_offset, report_data_size)) +
         std::string(quote_filling, 'q');
}

std::uint32_t read_big_endian(std::string_view bytes) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    number = number << 8 | static_cast<std::uint8_t>(bytes.at(i));
  }
  return number;
}

std::uint32_t read_little_endian(std::string_view bytes, std::size_t offset) {
  std::uint32_t number = 0;
  for (std::size_t i = 4; i > 0; --i) {
    number = number << 8 | static_cast<std::uint8_t>(bytes.at(offset + i - 1));
  }
  return number;
}

std::string make_message(std::uint32_t type, std::uint32_t error, std::string_view body) {
  const auto size = static_cast<std::uint32_t>(16 + body.size());
  std::string message;
  for (int i = 3; i >= 0; --i) message += static_cast<char>(size >> 8 * i & 0xff);
  message += little_endian(1, 2) + little_endian(1, 2) + little_endian(type) + little_endian(size) +
             little_endian(error);
  return message.append(body);
}

std::string make_quote_request(std::string_view report) {
  return make_message(0, 0, little_endian(report_size) + little_endian(0) + std::string(report));
}

std::string make_quote_reply(std::string_view quote) {
  return make_message(1, 0,
                      little_endian(0) + little_endian(static_cast<std::uint32_t>(quote.size())) +
                          std::string(quote));
}

std::string make_error_reply(std::uint32_t request_type, std::uint32_t error) {
  switch (request_type) {
    case 2:
      return make_message(3, error, std::string(32, '\0'));
    case 4:
      return make_message(5, error, std::string(12, '\0'));
    default:
      return make_message(1, error, std::string(8, '\0'));
  }
}

std::string make_platform_info_reply() {
  return make_message(5, 0,
                      little_endian(4, 2) + little_endian(13, 2) + little_endian(16) +
                          little_endian(16) + std::string(16, 'p') + std::string(16, 'c'));
}

std::string make_collateral_reply() {
  std::string sizes;
  std::string parts;
  for (std::uint32_t part = 1; part <= 7; ++part) {
    sizes += little_endian(part * 1000);
    parts.append(part * 1000, static_cast<char>('0' + part));
  }
  return make_message(3, 0, little_endian(3, 2) + little_endian(0, 2) + sizes + parts);
}

}  // namespace vsockfwd::qgs_load
