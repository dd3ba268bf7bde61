// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_EIF_TEST_IMAGE_H
#define VSOCKFWD_EIF_TEST_IMAGE_H

#include <string>
#include <string_view>

#include "eif/image.h"

/// Images for tests.
namespace vsockfwd::eif::test {

/// The start of a bzImage that takes a command line of 255 bytes.
inline std::string small_kernel() {
  std::string kernel(0x23c, '\0');
  kernel.replace(0x202, 4, "HdrS");
  kernel[0x238] = '\xff';
  return kernel;
}

/// An image that is fine, whose bytes outlive it.
inline Image small_image() {
  return {4,
          512 << 20,
          1,
          {{SectionType::kernel, "KERNEL"},
           {SectionType::cmdline, "quiet"},
           {SectionType::ramdisk, "one"},
           {SectionType::ramdisk, "two"}}};
}

/// The file `bytes` with its checksum put right.
inline std::string repaired(std::string bytes) {
  const auto sum = checksum(bytes);
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[header_size - 1 - i] = static_cast<char>(sum >> 8 * i & 0xffU);
  }
  return bytes;
}

/// The bytes of an array in CBOR with these bytes as numbers, after its head.
inline std::string cbor_numbers(std::string_view bytes) {
  std::string numbers;
  for (const char byte : bytes) numbers += {'\x18', byte};
  return numbers;
}

/// A signature section as AWS's builder writes it, with this certificate in PEM.
inline std::string signature_with(std::string_view pem) {
  const std::string size = {static_cast<char>(pem.size() >> 8U),
                            static_cast<char>(pem.size() & 0xffU)};
  return "\x81\xa2\x73signing_certificate\x99" + size + cbor_numbers(pem) + "\x69signature\x81\x01";
}

}  // namespace vsockfwd::eif::test

#endif  // VSOCKFWD_EIF_TEST_IMAGE_H
