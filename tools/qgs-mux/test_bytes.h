// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_QGS_MUX_TEST_BYTES_H
#define VSOCKFWD_QGS_MUX_TEST_BYTES_H

#include <string>
#include <string_view>

/// Bytes for tests, written out: nothing here uses what is tested.
namespace vsockfwd::qgs::test {

/// Reads hexadecimal digits; blanks between bytes do not matter.
inline std::string from_hex(std::string_view text) {
  std::string bytes;
  std::string digits;
  for (const char letter : text) {
    if (letter == ' ') continue;
    digits += letter;
    if (digits.size() < 2) continue;
    bytes += static_cast<char>(std::stoi(digits, nullptr, 16));
    digits.clear();
  }
  return bytes;
}

inline std::string td_report() {
  return from_hex("81") + std::string(1023, 'r');
}

/// What QEMU and libtdx_attest send: 1,052 bytes.
inline std::string quote_request() {
  return from_hex("00000418 01000100 00000000 18040000 00000000 00040000 00000000") + td_report();
}

inline std::string quote_reply() {
  return from_hex("0000001c 01000100 01000000 1c000000 00000000 00000000 04000000") + "QUOT";
}

}  // namespace vsockfwd::qgs::test

#endif  // VSOCKFWD_QGS_MUX_TEST_BYTES_H
