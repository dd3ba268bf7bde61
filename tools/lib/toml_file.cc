// SPDX-License-Identifier: Apache-2.0
#include "lib/toml_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// Assertions of toml++ 3.3 fail on some text that is no TOML, such as "[[[": without them, its
// parser goes on and reports an error. With NDEBUG, clang would take them for promises instead.
#undef NDEBUG
#define TOML_ASSERT(condition) static_assert(true)
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "lib/suggestion.h"

namespace vsockfwd {
namespace {

std::string_view name_of(Form form) {
  switch (form) {
    case Form::integer:
      return "an integer";
    case Form::string:
      return "a string";
    case Form::boolean:
      return "true or false";
    case Form::list:
      return "a list of strings or integers";
  }
  return {};
}

/// The value as the command line would have it; nothing if it has another form.
std::optional<std::string> word_of(const toml::node& node, Form form) {
  const auto* const integer = node.as_integer();
  if (integer != nullptr && (form == Form::integer || form == Form::list)) {
    return std::to_string(integer->get());
  }
  const auto* const string = node.as_string();
  if (string != nullptr && (form == Form::string || form == Form::list)) return string->get();
  const auto* const boolean = node.as_boolean();
  if (boolean != nullptr && form == Form::boolean) return boolean->get() ? "true" : "false";
  return std::nullopt;
}

/// Where the first letter beyond ASCII stands that is not in a line of comment; npos if there is
/// none. toml++ 3.3 must not see one: outside of strings, its behaviour is undefined for some.
std::size_t find_foreign_letter(std::string_view text) {
  bool comment = false;
  bool line_begins = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    if (line_begins) comment = letter == '#';
    if (static_cast<unsigned char>(letter) >= 0x80 && !comment) return i;
    line_begins = letter == '\n' || (line_begins && (letter == ' ' || letter == '\t'));
  }
  return std::string_view::npos;
}

/// Reads one file.
class Reader {
 public:
  explicit Reader(std::string_view path) : path_(path) {}

  Result<void> read(const toml::table& table, const TomlTable& schema) {
    for (const auto& [key, node] : table) {
      const auto name = key.str();
      if (const auto* const value = find(schema.values, name)) {
        if (auto fine = read_value(node, *value); !fine) return fine;
      } else if (const auto* const list = find(schema.lists, name)) {
        if (auto fine = read_list(node, *list); !fine) return fine;
      } else {
        return refuse(key.source(), fmt::format("unknown key {:?}", name),
                      suggest(name, known_keys(schema)));
      }
    }
    return {};
  }

  /// Complains about a letter that stands behind this text.
  [[nodiscard]] Failure refuse_letter(std::string_view before) const {
    const auto lines = std::count(before.begin(), before.end(), '\n');
    const auto column = before.size() - (before.rfind('\n') + 1);
    return Failure(
        Error{fmt::format("{}:{}:{}: a letter beyond ASCII", path_, lines + 1, column + 1),
              "only lines of comment may have it; in a string, write its number, as in "
              "\"\\u00e4\""});
  }

  /// Complains about text that is no TOML.
  [[nodiscard]] Failure refuse(const toml::parse_error& error) const {
    return refuse(error.source(), std::string(error.description()), {});
  }

 private:
  [[nodiscard]] std::string place(const toml::source_region& source) const {
    return fmt::format("{}:{}:{}", path_, source.begin.line, source.begin.column);
  }

  [[nodiscard]] Failure refuse(const toml::source_region& source, std::string_view reason,
                               std::string hint) const {
    return Failure(Error{fmt::format("{}: {}", place(source), reason), std::move(hint)});
  }

  template <typename Entry>
  static const Entry* find(const std::vector<Entry>& entries, std::string_view key) {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [key](const Entry& entry) { return entry.key == key; });
    return found == entries.end() ? nullptr : &*found;
  }

  static std::vector<std::string> known_keys(const TomlTable& schema) {
    std::vector<std::string> keys;
    for (const auto& value : schema.values) keys.emplace_back(value.key);
    for (const auto& list : schema.lists) keys.emplace_back(list.key);
    return keys;
  }

  Result<void> read_list(const toml::node& node, const TomlList& list) {
    if (!node.is_array_of_tables()) {
      return refuse(node.source(), fmt::format("{:?} is not a list of tables", list.key),
                    fmt::format("begin each {} with a line [[{}]]", list.key, list.key));
    }
    for (const auto& element : *node.as_array()) {
      const auto schema = list.begin(place(element.source()));
      if (auto fine = read(*element.as_table(), schema); !fine) return fine;
    }
    return {};
  }

  Result<void> read_value(const toml::node& node, const TomlValue& value) {
    const auto* const array = node.as_array();
    if (array == nullptr || value.form != Form::list) return read_word(node, value);
    for (const auto& element : *array) {
      if (auto fine = read_word(element, value); !fine) return fine;
    }
    if (!array->empty()) return {};
    return refuse(node.source(), fmt::format("{:?} is an empty list", value.key), "leave it out");
  }

  Result<void> read_word(const toml::node& node, const TomlValue& value) {
    const auto word = word_of(node, value.form);
    if (!word) {
      return refuse(node.source(), fmt::format("{:?} has the wrong type", value.key),
                    fmt::format("it takes {}", name_of(value.form)));
    }
    if (auto fine = value.set(*word); !fine) {
      return refuse(node.source(), fmt::format("{}: {}", value.key, fine.error().message),
                    std::move(fine.error().hint));
    }
    return {};
  }

  std::string_view path_;
};

}  // namespace

Result<void> read_toml(std::string_view text, std::string_view path, const TomlTable& schema) {
  Reader reader(path);
  if (const auto foreign = find_foreign_letter(text); foreign != std::string_view::npos) {
    return reader.refuse_letter(text.substr(0, foreign));
  }
  const auto parsed = toml::parse(text, path);
  if (!parsed) return reader.refuse(parsed.error());
  return reader.read(parsed.table(), schema);
}

}  // namespace vsockfwd
