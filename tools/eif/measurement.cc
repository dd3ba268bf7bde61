// SPDX-License-Identifier: Apache-2.0
#include "eif/measurement.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nettle/sha2.h>

#include <array>
#include <cstdint>

#include "eif/signature.h"

namespace vsockfwd::eif {
namespace {

using Digest = std::array<std::uint8_t, SHA384_DIGEST_SIZE>;

class Sha384 {
 public:
  Sha384() { ::sha384_init(&context_); }

  Sha384& update(std::string_view bytes) {
    ::sha384_update(&context_, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
    return *this;
  }

  Sha384& update(const Digest& digest) {
    ::sha384_update(&context_, digest.size(), digest.data());
    return *this;
  }

  /// Starts anew.
  Digest finish() {
    Digest digest;
    ::sha384_digest(&context_, digest.size(), digest.data());
    return digest;
  }

 private:
  sha384_ctx context_;
};

std::string text_of(const Digest& digest) {
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

/// What a register holds that was all zeros, and has been extended with what was hashed.
std::string extended(Sha384& hashed) {
  return text_of(Sha384().update(Digest{}).update(hashed.finish()).finish());
}

}  // namespace

Result<Measurements> measure(const Image& image) {
  Sha384 whole;
  Sha384 bootstrap;
  Sha384 application;
  Measurements measurements;
  const auto* const first_ramdisk = image.find(SectionType::ramdisk);
  for (const auto& section : image.sections) {
    switch (section.type) {
      case SectionType::kernel:
      case SectionType::cmdline:
      case SectionType::ramdisk:
        whole.update(section.data);
        (section.type != SectionType::ramdisk || &section == first_ramdisk ? bootstrap
                                                                           : application)
            .update(section.data);
        break;
      case SectionType::signature: {
        const auto certificate = signing_certificate(section.data);
        if (!certificate) return Failure(certificate.error());
        Sha384 hashed;
        measurements.certificate = extended(hashed.update(*certificate));
        break;
      }
      case SectionType::metadata:
        break;
    }
  }
  measurements.image = extended(whole);
  measurements.bootstrap = extended(bootstrap);
  measurements.application = extended(application);
  return measurements;
}

}  // namespace vsockfwd::eif
