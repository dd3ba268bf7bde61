// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_EIF_METADATA_H
#define VSOCKFWD_EIF_METADATA_H

#include <nlohmann/json.hpp>
#include <string_view>

#include "lib/result.h"

namespace vsockfwd::eif {

/// JSON whose keys stay in the order in which they were written.
using Json = nlohmann::ordered_json;

/// What the builder of an image tells about it.
Result<Json> parse_metadata(std::string_view section);

}  // namespace vsockfwd::eif

#endif  // VSOCKFWD_EIF_METADATA_H
