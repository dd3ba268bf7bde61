// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/program.h"

#include <fmt/format.h>

#include <utility>

namespace vsockfwd {
namespace {

/// One line for programs, or several with pretty_json. Bytes of the command line that are no UTF-8
/// are replaced: JSON cannot carry them.
std::string render(const Json& json, Format format) {
  const int indent = format == Format::pretty_json ? 2 : -1;
  return json.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

Outcome fail(const Error& error, Format format, int status) {
  if (format == Format::people) {
    auto complaint = fmt::format("{}: {}\n", program_name, error.message);
    if (!error.hint.empty()) complaint += fmt::format("hint: {}\n", error.hint);
    return {{}, std::move(complaint), status};
  }
  Json json = {{"error", error.message}, {"hint", error.hint}};
  if (error.code != 0) json["errno"] = errno_name(error.code);
  return {render(json, format), {}, status};
}

Outcome outcome_of(Result<Reply> reply, Format format) {
  if (!reply) return fail(reply.error(), format, exit_failure);
  auto output = format == Format::people ? std::move(reply->text) : render(reply->json, format);
  Outcome outcome = {std::move(output), {}, reply->status};
  if (reply->more) {
    outcome.more = [more = std::move(reply->more), format] { return outcome_of(more(), format); };
  }
  return outcome;
}

}  // namespace

Outcome run(Words words, const Machine& machine) {
  const auto format = requested_format(words);
  const auto action = parse(words);
  if (!action) return fail(action.error(), format, exit_usage);
  return outcome_of((*action)(machine), format);
}

}  // namespace vsockfwd
