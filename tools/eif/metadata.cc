// SPDX-License-Identifier: Apache-2.0
#include "eif/metadata.h"

#include <fmt/format.h>

namespace vsockfwd::eif {
namespace {

/// Printing takes stack for each level.
constexpr int depth_max = 64;

Failure refuse(std::string reason) {
  return Failure(Error{fmt::format("invalid metadata: {}", reason),
                       R"(metadata is a JSON object, such as {"ImageName": "app"})"});
}

}  // namespace

Result<Json> parse_metadata(std::string_view section) try {
  bool too_deep = false;
  const auto bound_depth = [&too_deep](int depth, Json::parse_event_t, const Json&) {
    too_deep = too_deep || depth > depth_max;
    return depth <= depth_max;
  };
  auto json = Json::parse(section, bound_depth);
  if (too_deep) return refuse(fmt::format("it is nested more than {} deep", depth_max));
  if (!json.is_object()) return refuse(fmt::format("it is of type \"{}\"", json.type_name()));
  return json;
} catch (const Json::exception& error) {
  return refuse(error.what());
}

}  // namespace vsockfwd::eif
