// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/config_toml.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
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
#include "vsock-relay/setting.h"

namespace vsockfwd::relay {
namespace {

constexpr std::string_view pair_key = "pair";

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

  Result<Draft> read(const toml::table& root) {
    Draft draft;
    if (auto fine = read_table(root, program_settings(), draft); !fine) return fail(fine);
    const auto* const pairs = root.get(pair_key);
    if (pairs == nullptr) return draft;
    if (!pairs->is_array_of_tables()) {
      return refuse(pairs->source(), "\"pair\" is not a list of tables",
                    "begin each pair with a line [[pair]]");
    }
    for (const auto& element : *pairs->as_array()) {
      PairDraft pair;
      pair.place = place(element.source());
      if (auto fine = read_table(*element.as_table(), pair_settings(), pair); !fine) {
        return fail(fine);
      }
      draft.pairs.push_back(std::move(pair));
    }
    return draft;
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

  static Failure fail(Result<void>& failed) { return Failure(std::move(failed.error())); }

  template <typename Target>
  Result<void> read_table(const toml::table& table, std::span<const Setting<Target>> settings,
                          Target& target) {
    for (const auto& [key, node] : table) {
      const auto setting =
          std::find_if(settings.begin(), settings.end(),
                       [name = key.str()](const Setting<Target>& s) { return s.key == name; });
      if (setting != settings.end()) {
        if (auto fine = read_setting(node, *setting, target); !fine) return fine;
      } else if (!holds_pairs(target) || key.str() != pair_key) {
        return refuse(key.source(), fmt::format("unknown key {:?}", key.str()),
                      suggest(key.str(), known_keys(settings, holds_pairs(target))));
      }
    }
    return {};
  }

  static constexpr bool holds_pairs(const Draft& /*draft*/) { return true; }
  static constexpr bool holds_pairs(const PairDraft& /*draft*/) { return false; }

  template <typename Target>
  static std::vector<std::string> known_keys(std::span<const Setting<Target>> settings,
                                             bool with_pair) {
    std::vector<std::string> keys;
    for (const auto& setting : settings) keys.emplace_back(setting.key);
    if (with_pair) keys.emplace_back(pair_key);
    return keys;
  }

  template <typename Target>
  Result<void> read_setting(const toml::node& node, const Setting<Target>& setting,
                            Target& target) {
    note(target, setting.key);
    const auto* const array = node.as_array();
    if (array == nullptr || setting.form != Form::list) return read_word(node, setting, target);
    for (const auto& element : *array) {
      if (auto fine = read_word(element, setting, target); !fine) return fine;
    }
    if (!array->empty()) return {};
    return refuse(node.source(), fmt::format("{:?} is an empty list", setting.key), "leave it out");
  }

  static void note(Draft& /*draft*/, std::string_view /*key*/) {}
  static void note(PairDraft& draft, std::string_view key) { draft.given.insert(key); }

  template <typename Target>
  Result<void> read_word(const toml::node& node, const Setting<Target>& setting, Target& target) {
    const auto word = word_of(node, setting.form);
    if (!word) {
      return refuse(node.source(), fmt::format("{:?} has the wrong type", setting.key),
                    fmt::format("it takes {}", name_of(setting.form)));
    }
    if (auto fine = setting.set(target, *word); !fine) {
      return refuse(node.source(), fmt::format("{}: {}", setting.key, fine.error().message),
                    std::move(fine.error().hint));
    }
    return {};
  }

  std::string_view path_;
};

}  // namespace

Result<Draft> parse_toml(std::string_view text, std::string_view path) {
  Reader reader(path);
  if (const auto foreign = find_foreign_letter(text); foreign != std::string_view::npos) {
    return reader.refuse_letter(text.substr(0, foreign));
  }
  const auto parsed = toml::parse(text, path);
  if (!parsed) return reader.refuse(parsed.error());
  return reader.read(parsed.table());
}

}  // namespace vsockfwd::relay
