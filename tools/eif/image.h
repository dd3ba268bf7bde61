// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_EIF_IMAGE_H
#define VSOCKFWD_EIF_IMAGE_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/result.h"

/// Enclave images (EIF): a file with the kernel, the command line and the RAM disks of an enclave.
namespace vsockfwd::eif {

/// Numbers are big endian. After the header, section follows section without a gap, each with a
/// header of its own.
inline constexpr std::size_t header_size = 548;
inline constexpr std::size_t section_header_size = 12;
inline constexpr std::size_t sections_max = 32;

/// The first version with metadata, and the oldest that QEMU takes.
inline constexpr std::uint16_t version_min = 4;

/// As the file has it.
enum class SectionType : std::uint16_t { kernel = 1, cmdline, ramdisk, signature, metadata };

/// What people call it.
std::string_view name_of(SectionType type);

struct Section {
  SectionType type = SectionType::kernel;
  /// Somebody else's bytes, which outlive this.
  std::string_view data;

  bool operator==(const Section&) const = default;
};

struct Image {
  std::uint16_t version = version_min;
  /// What the enclave gets unless its launcher says otherwise: bytes, and a number. QEMU looks at
  /// neither.
  std::uint64_t memory = 0;
  std::uint64_t processors = 0;
  /// In the order of the file.
  std::vector<Section> sections;

  bool operator==(const Image&) const = default;

  /// The first one of that type; nullptr if there is none.
  [[nodiscard]] const Section* find(SectionType type) const;
};

/// Reads an image, which then refers to `bytes`. What it takes is what write_image() can have
/// written: one kernel, one command line, at least one RAM disk, at most one signature and
/// metadata, and a checksum that fits.
Result<Image> parse_image(std::string_view bytes);

/// The file of an image. Fails if parse_image() would not take it.
Result<std::string> write_image(const Image& image);

/// The checksum that belongs into the header of the file `bytes`, of which at least that is there.
std::uint32_t checksum(std::string_view bytes);

/// The one in the header of the file `bytes`.
std::uint32_t stored_checksum(std::string_view bytes);

}  // namespace vsockfwd::eif

#endif  // VSOCKFWD_EIF_IMAGE_H
