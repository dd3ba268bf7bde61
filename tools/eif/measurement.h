// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_EIF_MEASUREMENT_H
#define VSOCKFWD_EIF_MEASUREMENT_H

#include <optional>
#include <string>

#include "eif/image.h"
#include "lib/result.h"

namespace vsockfwd::eif {

/// The platform configuration registers with which an enclave starts, as AWS defines them and QEMU
/// computes them: 48 bytes each, in hexadecimal.
struct Measurements {
  /// PCR0: kernel, command line and RAM disks.
  std::string image;
  /// PCR1: the same, with only the first RAM disk.
  std::string bootstrap;
  /// PCR2: the other RAM disks.
  std::string application;
  /// PCR8: the certificate that the image is signed with.
  std::optional<std::string> certificate;
};

/// Fails if there is a signature without a certificate that can be read. The signature itself is
/// not verified.
Result<Measurements> measure(const Image& image);

}  // namespace vsockfwd::eif

#endif  // VSOCKFWD_EIF_MEASUREMENT_H
