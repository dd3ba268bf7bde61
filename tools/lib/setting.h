// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_SETTING_H
#define VSOCKFWD_LIB_SETTING_H

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "lib/result.h"

/// What users can set. Command lines and configuration files read the same tables of settings, so
/// that every setting means the same in both, and is checked once.
namespace vsockfwd {

/// How the value of a setting is written in a configuration file.
/// A list holds strings and integers; a list of one may be written without brackets.
enum class Form { integer, string, boolean, list };

/// Something that users can set, in a Target.
template <typename Target>
struct Setting {
  /// The key in a configuration file.
  std::string_view key;
  /// The option on the command line; empty if there is none.
  std::string_view option;
  /// Stands for the value in help texts; empty if the option takes none, and sets `flag_word`.
  std::string_view value;
  Form form;
  std::string_view description;
  /// Takes one word; of a list, one for each element.
  Result<void> (*set)(Target& target, std::string_view word);
  std::string_view flag_word = {};
};

/// What a Setting's `set` may be: reads a word with `parse` and puts the value where the members
/// lead, or adds it to the list there.
template <typename Target, auto parse, auto... members>
Result<void> set_member(Target& target, std::string_view word) {
  auto value = parse(word);
  if (!value) return Failure(std::move(value.error()));
  auto& field = (target.*....*members);
  if constexpr (requires { field.push_back(*value); } &&
                !std::is_same_v<std::decay_t<decltype(field)>, std::string>) {
    field.push_back(std::move(*value));
  } else {
    field = std::move(*value);
  }
  return {};
}

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_SETTING_H
