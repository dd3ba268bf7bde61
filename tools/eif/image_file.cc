// SPDX-License-Identifier: Apache-2.0
#include "eif/image_file.h"

#include <fmt/format.h>

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "eif/image.h"
#include "eif/kernel.h"
#include "eif/report.h"
#include "lib/file.h"

namespace vsockfwd::eif {
namespace {

/// Images, and their parts, are read into memory.
constexpr std::size_t part_size_max = std::size_t{4} << 30U;

/// Says whose error it is.
Error about(std::string_view what, std::string_view path, Error error) {
  error.message = fmt::format("{} {:?}: {}", what, path, error.message);
  return error;
}

Result<void> check_boots(const Image& image) {
  return check_kernel(image.find(SectionType::kernel)->data,
                      image.find(SectionType::cmdline)->data);
}

std::string format(const Description& description, bool json) {
  return json ? format_json(description) : format_for_people(description);
}

/// The bytes of what an image is made of, in the order in which AWS's own builder writes them.
class Parts {
 public:
  Result<void> read(SectionType type, const std::string& path) {
    return read_file(path, part_size_max).map([this, type](std::string content) {
      add(type, std::move(content));
    });
  }

  void add(SectionType type, std::string content) { parts_.emplace_back(type, std::move(content)); }

  /// They stay here, and have to outlive it.
  [[nodiscard]] std::vector<Section> sections() const {
    std::vector<Section> sections;
    for (const auto& [type, content] : parts_) sections.push_back({type, content});
    return sections;
  }

 private:
  std::vector<std::pair<SectionType, std::string>> parts_;
};

Result<Parts> read_parts(const BuildCommand& build) {
  Parts parts;
  auto fine = parts.read(SectionType::kernel, build.kernel_path);
  parts.add(SectionType::cmdline, build.cmdline);
  if (fine && !build.metadata_path.empty()) {
    fine = parts.read(SectionType::metadata, build.metadata_path);
  }
  for (const auto& path : build.ramdisk_paths) {
    if (fine) fine = parts.read(SectionType::ramdisk, path);
  }
  if (!fine) return Failure(std::move(fine.error()));
  return parts;
}

Result<std::string> write_parts(const BuildCommand& build, const Parts& parts) {
  const Image image{version_min, build.memory << 20U, build.processors, parts.sections()};
  return write_image(image).and_then([&](const std::string& bytes) {
    return check_boots(image)
        .and_then([&] { return describe(build.output_path, bytes); })
        .and_then([&](const Description& description) {
          return replace_file(build.output_path, bytes).map([&] {
            return format(description, build.json);
          });
        });
  });
}

}  // namespace

Result<std::string> build_file(const BuildCommand& build) {
  return read_parts(build).and_then([&](const Parts& parts) { return write_parts(build, parts); });
}

Result<std::string> describe_file(const DescribeCommand& command) {
  return read_file(command.path, part_size_max).and_then([&](const std::string& bytes) {
    return describe(command.path, bytes)
        .map([&](const Description& description) { return format(description, command.json); })
        .map_error([&](Error error) { return about("image", command.path, std::move(error)); });
  });
}

Result<void> check_file(const std::string& path) {
  return read_file(path, part_size_max).and_then([&](const std::string& bytes) {
    return describe(path, bytes)
        .and_then([](const Description& description) { return check_boots(description.image); })
        .map_error([&](Error error) { return about("image", path, std::move(error)); });
  });
}

}  // namespace vsockfwd::eif
