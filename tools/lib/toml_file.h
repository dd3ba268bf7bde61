// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_TOML_FILE_H
#define VSOCKFWD_LIB_TOML_FILE_H

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/result.h"
#include "lib/setting.h"

namespace vsockfwd {

/// A key with a value.
struct TomlValue {
  std::string_view key;
  Form form;
  /// Takes the value as a command line would have it; of a list, one word for each element.
  std::function<Result<void>(std::string_view word)> set;
};

struct TomlList;

/// What may stand in a table.
struct TomlTable {
  std::vector<TomlValue> values;
  std::vector<TomlList> lists;
};

/// A key with a list of tables, each of which begins with a line [[key]].
struct TomlList {
  std::string_view key;
  /// Told of each table where it begins, as FILE:LINE:COLUMN, and says what may stand in it.
  std::function<TomlTable(const std::string& place)> begin;
};

/// The values of a table that sets these settings in `target`, which must live as long. `note` is
/// told which keys are there.
template <typename Target>
std::vector<TomlValue> toml_values(
    std::span<const Setting<Target>> settings, Target& target,
    const std::function<void(std::string_view key)>& note = [](std::string_view /*key*/) {}) {
  std::vector<TomlValue> values;
  for (const auto& setting : settings) {
    values.push_back({setting.key, setting.form, [&setting, &target, note](std::string_view word) {
                        note(setting.key);
                        return setting.set(target, word);
                      }});
  }
  return values;
}

/// Reads a configuration file. `path` is for messages, which begin with path:line:column.
Result<void> read_toml(std::string_view text, std::string_view path, const TomlTable& schema);

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_TOML_FILE_H
