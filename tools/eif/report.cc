// SPDX-License-Identifier: Apache-2.0
#include "eif/report.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace vsockfwd::eif {
namespace {

std::string_view cmdline_of(const Image& image) {
  return image.find(SectionType::cmdline)->data;
}

/// The registers that the image decides, with what they measure.
struct Register {
  std::string name;
  std::string_view what;
  std::string value;
};

std::vector<Register> registers_of(const Measurements& measurements) {
  std::vector<Register> registers = {
      {"pcr0", "kernel, command line, RAM disks", measurements.image},
      {"pcr1", "the same, only the first RAM disk", measurements.bootstrap},
      {"pcr2", "the other RAM disks", measurements.application},
  };
  if (measurements.certificate) {
    registers.push_back({"pcr8", "signing certificate", *measurements.certificate});
  }
  return registers;
}

/// Paths, command lines and metadata may hold bytes that are no UTF-8, which JSON cannot carry.
std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::string json_text(std::string_view text) {
  return dump(Json(text), -1);
}

}  // namespace

Result<Description> describe(std::string name, std::string_view bytes) {
  auto image = parse_image(bytes);
  if (!image) return Failure(std::move(image.error()));
  auto measurements = measure(*image);
  if (!measurements) return Failure(std::move(measurements.error()));
  Json metadata;
  if (const auto* const section = image->find(SectionType::metadata)) {
    auto parsed = parse_metadata(section->data);
    if (!parsed) return Failure(std::move(parsed.error()));
    metadata = std::move(*parsed);
  }
  return Description{std::move(name), std::move(*image), stored_checksum(bytes),
                     std::move(*measurements), std::move(metadata)};
}

std::string format_json(const Description& description) {
  const auto& image = description.image;
  Json sections = Json::array();
  for (const auto& [type, data] : image.sections) {
    sections.push_back({{"type", name_of(type)}, {"bytes", data.size()}});
  }
  Json json = {{"file", description.name},
               {"version", image.version},
               {"memory", image.memory},
               {"processors", image.processors},
               {"crc32", fmt::format("{:08x}", description.checksum)},
               {"cmdline", cmdline_of(image)},
               {"sections", std::move(sections)},
               {"signed", image.find(SectionType::signature) != nullptr}};
  for (auto& [name, what, value] : registers_of(description.measurements)) {
    json["measurements"][name] = std::move(value);
  }
  json["metadata"] = description.metadata;
  return dump(json, -1) + "\n";
}

std::string format_for_people(const Description& description) {
  const auto& image = description.image;
  auto text = fmt::format("{}: enclave image, version {}, CRC-32 {:08x}\n",
                          json_text(description.name), image.version, description.checksum);
  text += fmt::format("memory {} MiB, processors {}\n", image.memory >> 20U, image.processors);
  text += fmt::format("command line {}\n", json_text(cmdline_of(image)));
  for (const auto& [type, data] : image.sections) {
    text += fmt::format("  {:<9} {:>11} bytes\n", name_of(type), data.size());
  }
  for (const auto& [name, what, value] : registers_of(description.measurements)) {
    text += fmt::format("{} ({})\n  {}\n", name, what, value);
  }
  if (!description.metadata.is_null()) {
    text += fmt::format("metadata\n{}\n", dump(description.metadata, 2));
  }
  if (image.find(SectionType::signature) != nullptr) text += "signed; not verified here\n";
  return text;
}

}  // namespace vsockfwd::eif
