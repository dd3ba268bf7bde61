// SPDX-License-Identifier: Apache-2.0
/// Feeds files to the reader of images, as they are and with a checksum that fits. What is read is
/// written again: nothing may get lost.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "eif/image.h"
#include "eif/kernel.h"
#include "eif/report.h"
#include "eif/test_image.h"
#include "lib/fuzzing.h"

namespace vsockfwd::eif {
namespace {

void read(std::string_view bytes) {
  const auto image = parse_image(bytes);
  if (!image) {
    require(!image.error().message.empty() && !image.error().hint.empty());
    return;
  }
  require(write_image(*image) == bytes);
  static_cast<void>(check_kernel(image->find(SectionType::kernel)->data,
                                 image->find(SectionType::cmdline)->data));
  if (const auto description = describe("fuzz", bytes)) {
    require(Json::accept(format_json(*description)));
    require(!format_for_people(*description).empty());
  }
}

}  // namespace
}  // namespace vsockfwd::eif

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vsockfwd::eif;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  read(bytes);
  if (size >= header_size) read(test::repaired(bytes));
  return 0;
}
