// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_COMMAND_LINE_H
#define VSOCKFWD_VSOCKFWD_COMMAND_LINE_H

#include <span>
#include <string_view>

#include "vsockfwd/command.h"

namespace vsockfwd {

using Words = std::span<const std::string_view>;

/// Who reads the output.
enum class Format { people, json, pretty_json };

/// The format that the options ask for. It is known even if the rest of the command line makes no
/// sense, so that this can be said in the right format.
Format requested_format(Words words);

/// A command with its values, which refer to the words that were parsed.
struct Request {
  const Object* object;
  const Command* command;
  Values values;
};

/// Understands words that name a command and its values, without options, and asks for no help.
Result<Request> parse_request(Words words);

/// Understands the words after the program's name. Nothing has been done when this returns.
Result<Action> parse(Words words);

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_COMMAND_LINE_H
