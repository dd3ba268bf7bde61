// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_EIF_REPORT_H
#define VSOCKFWD_EIF_REPORT_H

#include <string>
#include <string_view>

#include "eif/image.h"
#include "eif/measurement.h"
#include "eif/metadata.h"
#include "lib/result.h"

namespace vsockfwd::eif {

/// All that is to be told of an image.
struct Description {
  /// What the user called it.
  std::string name;
  Image image;
  std::uint32_t checksum = 0;
  Measurements measurements;
  /// null if the image has none.
  Json metadata;
};

/// Reads the file `bytes`, to which the description then refers.
Result<Description> describe(std::string name, std::string_view bytes);

std::string format_json(const Description& description);
std::string format_for_people(const Description& description);

}  // namespace vsockfwd::eif

#endif  // VSOCKFWD_EIF_REPORT_H
