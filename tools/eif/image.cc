// SPDX-License-Identifier: Apache-2.0
#include "eif/image.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <concepts>
#include <utility>

namespace vsockfwd::eif {
namespace {

constexpr std::string_view magic = ".eif";
/// In the header's flags: the image is for another architecture.
constexpr std::uint16_t flag_arm64 = 1;
constexpr std::size_t checksum_size = 4;

using Numbers = std::array<std::uint64_t, sections_max>;

/// What the header says, as it is there.
struct Header {
  std::uint16_t version = 0;
  std::uint16_t flags = 0;
  std::uint64_t memory = 0;
  std::uint64_t processors = 0;
  std::uint16_t reserved = 0;
  std::uint16_t count = 0;
  Numbers offsets = {};
  Numbers sizes = {};
  std::uint32_t unused = 0;
};

struct SectionHeader {
  std::uint16_t type = 0;
  std::uint16_t flags = 0;
  std::uint64_t size = 0;
};

/// Takes numbers from the front of bytes that have been counted.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <std::unsigned_integral Number>
  void operator()(Number& number) {
    number = 0;
    for (const char byte : rest_.substr(0, sizeof number)) {
      number = static_cast<Number>(number << 8U | static_cast<unsigned char>(byte));
    }
    rest_.remove_prefix(sizeof number);
  }

 private:
  std::string_view rest_;
};

/// Puts numbers behind what is there.
class Writer {
 public:
  explicit Writer(std::string& bytes) : bytes_(bytes) {}

  template <std::unsigned_integral Number>
  void operator()(Number number) {
    for (auto shift = 8 * sizeof number; shift > 0;) {
      shift -= 8;
      bytes_ += static_cast<char>(number >> shift & 0xffU);
    }
  }

 private:
  std::string& bytes_;
};

/// The order of the fields stands here once, for reading and for writing.
template <typename Visitor, typename Fields>
void visit_header(Visitor&& visit, Fields&& header) {
  visit(header.version);
  visit(header.flags);
  visit(header.memory);
  visit(header.processors);
  visit(header.reserved);
  visit(header.count);
  for (auto& offset : header.offsets) visit(offset);
  for (auto& size : header.sizes) visit(size);
  visit(header.unused);
}

template <typename Visitor, typename Fields>
void visit_section_header(Visitor&& visit, Fields&& header) {
  visit(header.type);
  visit(header.flags);
  visit(header.size);
}

Failure refuse(std::string message, std::string hint) {
  return Failure(Error{std::move(message), std::move(hint)});
}

Failure not_zero(std::string_view field, std::uint64_t value) {
  return refuse(fmt::format("the header has \"{:#x}\" as {}", value, field),
                "nothing but 0 is known there");
}

Failure too_many_sections(std::size_t count) {
  return refuse(fmt::format("there are \"{}\" sections", count),
                fmt::format("an image has at most {}", sections_max));
}

Result<Header> parse_header(std::string_view bytes) {
  if (!bytes.starts_with(magic)) {
    return refuse(fmt::format("it begins with {:?}", bytes.substr(0, magic.size())),
                  fmt::format("an enclave image begins with {:?}", magic));
  }
  if (bytes.size() < header_size) {
    return refuse(fmt::format("it ends after \"{}\" bytes, within the header", bytes.size()),
                  fmt::format("the header has {} bytes", header_size));
  }
  Header header;
  visit_header(Reader(bytes.substr(magic.size())), header);
  return header;
}

/// Whether what the header says about itself can be; the sections are seen later.
Result<void> check_header(const Header& header) {
  if (header.version < version_min) {
    return refuse(fmt::format("it is of version \"{}\"", header.version),
                  fmt::format("versions from {} on are known", version_min));
  }
  if (header.flags == flag_arm64) {
    return refuse("it is for arm64: the header has the flags \"0x1\"", "x86-64 has the flags 0");
  }
  if (header.flags != 0) return not_zero("flags", header.flags);
  if (header.reserved != 0) return not_zero("reserved number", header.reserved);
  if (header.unused != 0) return not_zero("unused number", header.unused);
  if (header.count > sections_max) return too_many_sections(header.count);
  for (const auto* const numbers : {&header.offsets, &header.sizes}) {
    const auto* const surplus = std::find_if(numbers->begin() + header.count, numbers->end(),
                                             [](auto n) { return n != 0; });
    if (surplus != numbers->end())
      return not_zero("place of a section that is not there", *surplus);
  }
  return {};
}

/// Reads section `index`, which has to begin at `offset`.
Result<Section> parse_section(std::string_view bytes, const Header& header, std::size_t index,
                              std::size_t offset) {
  if (header.offsets.at(index) != offset) {
    return refuse(
        fmt::format("section {} is at byte \"{}\"", index, header.offsets.at(index)),
        fmt::format("sections follow each other without gaps: this one belongs at {}", offset));
  }
  const auto rest = bytes.substr(offset);
  if (rest.size() < section_header_size) {
    return refuse(fmt::format("it ends after \"{}\" bytes, before section {}", bytes.size(), index),
                  fmt::format("the header counts {} sections", header.count));
  }
  SectionHeader section;
  visit_section_header(Reader(rest), section);
  if (section.type < static_cast<std::uint16_t>(SectionType::kernel) ||
      section.type > static_cast<std::uint16_t>(SectionType::metadata)) {
    return refuse(fmt::format("section {} is of type \"{}\"", index, section.type),
                  "types are 1 (kernel) to 5 (metadata)");
  }
  if (section.flags != 0) {
    return refuse(fmt::format("section {} has the flags \"{:#x}\"", index, section.flags),
                  "nothing but 0 is known there");
  }
  if (section.size != header.sizes.at(index)) {
    return refuse(fmt::format("section {} says that it has \"{}\" bytes", index, section.size),
                  fmt::format("the header says {}", header.sizes.at(index)));
  }
  const auto left = rest.size() - section_header_size;
  if (section.size > left) {
    return refuse(fmt::format("section {} has \"{}\" bytes", index, section.size),
                  fmt::format("the file has {} more", left));
  }
  return Section{static_cast<SectionType>(section.type),
                 rest.substr(section_header_size, section.size)};
}

/// Whether there are as many sections of each type as an enclave needs.
Result<void> check_sections(const Image& image) {
  struct Bound {
    SectionType type;
    std::ptrdiff_t least;
    std::ptrdiff_t most;
    std::string_view accepted;
  };
  static constexpr auto bounds = std::to_array<Bound>({
      {SectionType::kernel, 1, 1, "one"},
      {SectionType::cmdline, 1, 1, "one"},
      {SectionType::ramdisk, 1, sections_max, "one or more"},
      {SectionType::signature, 0, 1, "one or none"},
      {SectionType::metadata, 0, 1, "one or none"},
  });
  for (const auto& [type, least, most, accepted] : bounds) {
    const auto found = std::count_if(image.sections.begin(), image.sections.end(),
                                     [type = type](const auto& s) { return s.type == type; });
    if (found < least || found > most) {
      return refuse(fmt::format("it has \"{}\" sections of type {}", found, name_of(type)),
                    fmt::format("an image has {}", accepted));
    }
  }
  return {};
}

Header header_of(const Image& image) {
  Header header;
  header.version = image.version;
  header.memory = image.memory;
  header.processors = image.processors;
  header.count = static_cast<std::uint16_t>(image.sections.size());
  std::uint64_t offset = header_size;
  for (std::size_t i = 0; i < image.sections.size(); ++i) {
    header.offsets.at(i) = offset;
    header.sizes.at(i) = image.sections[i].data.size();
    offset += section_header_size + image.sections[i].data.size();
  }
  return header;
}

std::uint32_t continue_checksum(std::uint32_t before, std::string_view bytes) {
  return static_cast<std::uint32_t>(
      ::crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace

std::string_view name_of(SectionType type) {
  switch (type) {
    case SectionType::kernel:
      return "kernel";
    case SectionType::cmdline:
      return "cmdline";
    case SectionType::ramdisk:
      return "ramdisk";
    case SectionType::signature:
      return "signature";
    case SectionType::metadata:
      return "metadata";
  }
  return "unknown";
}

const Section* Image::find(SectionType type) const {
  const auto found = std::find_if(sections.begin(), sections.end(),
                                  [type](const auto& section) { return section.type == type; });
  return found == sections.end() ? nullptr : &*found;
}

std::uint32_t checksum(std::string_view bytes) {
  const auto of_header = continue_checksum(0, bytes.substr(0, header_size - checksum_size));
  return continue_checksum(of_header, bytes.substr(header_size));
}

std::uint32_t stored_checksum(std::string_view bytes) {
  std::uint32_t stored = 0;
  Reader(bytes.substr(header_size - checksum_size))(stored);
  return stored;
}

Result<Image> parse_image(std::string_view bytes) {
  const auto header = parse_header(bytes);
  if (!header) return Failure(header.error());
  if (auto fine = check_header(*header); !fine) return Failure(std::move(fine.error()));

  Image image{header->version, header->memory, header->processors, {}};
  std::size_t offset = header_size;
  for (std::size_t i = 0; i < header->count; ++i) {
    auto section = parse_section(bytes, *header, i, offset);
    if (!section) return Failure(std::move(section.error()));
    offset += section_header_size + section->data.size();
    image.sections.push_back(*section);
  }
  if (offset != bytes.size()) {
    return refuse(
        fmt::format("it goes on for \"{}\" bytes after its last section", bytes.size() - offset),
        "an image ends with its last section");
  }
  if (auto fine = check_sections(image); !fine) return Failure(std::move(fine.error()));
  if (checksum(bytes) != stored_checksum(bytes)) {
    return refuse(fmt::format("its header has the checksum \"{:#010x}\"", stored_checksum(bytes)),
                  fmt::format("the CRC-32 of what is there is {:#010x}: the file was damaged",
                              checksum(bytes)));
  }
  return image;
}

Result<std::string> write_image(const Image& image) {
  if (image.sections.size() > sections_max) return too_many_sections(image.sections.size());
  if (auto fine = check_sections(image); !fine) return Failure(std::move(fine.error()));
  std::string bytes(magic);
  visit_header(Writer(bytes), header_of(image));
  bytes.append(checksum_size, '\0');
  for (const auto& [type, data] : image.sections) {
    visit_section_header(Writer(bytes),
                         SectionHeader{static_cast<std::uint16_t>(type), 0, data.size()});
    bytes += data;
  }
  std::string sum;
  Writer{sum}(checksum(bytes));
  bytes.replace(header_size - checksum_size, checksum_size, sum);
  return bytes;
}

}  // namespace vsockfwd::eif
