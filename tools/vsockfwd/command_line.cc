// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/command_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "vsockfwd/help.h"

namespace vsockfwd {
namespace {

bool is(const Option& option, std::string_view word) {
  return word == option.short_name || word == option.long_name;
}

bool asks_for(const Option& option, Words words) {
  return std::ranges::any_of(words, [&](auto word) { return is(option, word); });
}

/// A negative number is a bad value rather than a bad option.
bool looks_like_option(std::string_view word) {
  return word.size() > 1 && word[0] == '-' && !(word[1] >= '0' && word[1] <= '9');
}

template <typename Entries>
auto find_by_name(const Entries& entries, std::string_view name) {
  const auto found = std::ranges::find_if(entries, [&](const auto& e) { return e.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

Failure unknown(std::string_view what, std::string_view word,
                const std::vector<std::string_view>& accepted) {
  return Failure(Error{fmt::format("unknown {} {:?}", what, word),
                       fmt::format("one of: {}", fmt::join(accepted, ", "))});
}

/// Hands out the words that are no options, from left to right.
class Operands {
 public:
  static Result<Operands> of(Words words) {
    Operands operands;
    for (const auto word : words) {
      const auto known = [&](const Option& option) { return is(option, word); };
      if (std::ranges::any_of(options(), known)) continue;
      if (looks_like_option(word)) return unknown("option", word, option_names());
      operands.words_.push_back(word);
    }
    return operands;
  }

  [[nodiscard]] bool empty() const { return next_ == words_.size(); }
  std::string_view take() { return words_[next_++]; }

  /// Takes the next word if it is this one.
  bool take_if(std::string_view word) {
    if (empty() || words_[next_] != word) return false;
    ++next_;
    return true;
  }

 private:
  static std::vector<std::string_view> option_names() {
    std::vector<std::string_view> list;
    for (const auto& option : options()) list.push_back(option.long_name);
    return list;
  }

  std::vector<std::string_view> words_;
  std::size_t next_ = 0;
};

/// An action that has its answer already.
Action answer(Reply reply) {
  return [reply = std::move(reply)](const Machine&) { return reply; };
}

Reply version_reply() {
  return {
      Json{{"version", version}, {"api_version", VHOST_VSOCK_FWD_API_VERSION}},
      fmt::format("{} {} (API version {})\n", program_name, version, VHOST_VSOCK_FWD_API_VERSION)};
}

/// The keyword that a word means behind the value of another one, which may be none.
const Keyword* find_keyword(const Command& command, std::string_view word,
                            const Keyword* previous) {
  const auto find = [&](std::string_view name, std::string_view behind) {
    const auto found = std::ranges::find_if(command.keywords, [&](const auto& keyword) {
      return keyword.name == name && keyword.behind == behind;
    });
    return found == command.keywords.end() ? nullptr : &*found;
  };
  const auto* const follower = previous == nullptr ? nullptr : find(word, previous->name);
  if (follower != nullptr) return follower;
  const auto* const keyword = find(word, {});
  return keyword != nullptr ? keyword : find({}, {});
}

/// What is wrong with the values as a whole; empty if nothing is.
std::string find_contradiction(const Command& command, const Values& values) {
  std::vector<std::string> alternatives;
  std::vector<std::string_view> chosen;
  for (const auto& keyword : command.keywords) {
    if (keyword.need == Need::required && !values.contains(keyword)) {
      return fmt::format("\"{}\" is missing", term(keyword));
    }
    if (keyword.need != Need::alternative) continue;
    alternatives.push_back(fmt::format("\"{}\"", term(keyword)));
    if (values.contains(keyword)) chosen.push_back(keyword.name);
  }
  if (chosen.size() > 1) return fmt::format("\"{}\" excludes \"{}\"", chosen[0], chosen[1]);
  if (!chosen.empty() || alternatives.empty()) return {};
  return fmt::format("{} is missing", fmt::join(alternatives, " or "));
}

/// Reads keywords and their values, in any order.
Result<Values> parse_values(const Object& object, const Command& command, Operands& operands) {
  const auto wrong = [&](std::string message) {
    return Failure(Error{std::move(message), usage_line(object, command)});
  };
  Values values;
  const Keyword* keyword = nullptr;
  while (!operands.empty()) {
    const auto word = operands.take();
    keyword = find_keyword(command, word, keyword);
    if (keyword == nullptr) return wrong(fmt::format("unexpected word {:?}", word));
    const bool announced = !keyword->value.empty() && !keyword->name.empty();
    if (announced && operands.empty()) {
      return wrong(fmt::format("{:?} needs a value: {}", word, keyword->value));
    }
    if (!values.add(*keyword, announced ? operands.take() : word)) {
      return wrong(fmt::format("{:?} is given twice", announced ? word : keyword->value));
    }
  }
  auto contradiction = find_contradiction(command, values);
  if (!contradiction.empty()) return wrong(std::move(contradiction));
  return values;
}

Result<const Object*> parse_object(Operands& operands) {
  if (operands.empty()) {
    return Failure(Error{"no object is given", fmt::format("one of: {}; \"{} {}\" explains them",
                                                           fmt::join(names_of(objects()), ", "),
                                                           program_name, help_word)});
  }
  const auto word = operands.take();
  if (const auto* const object = find_by_name(objects(), word)) return object;
  return unknown("object", word, names_of(objects()));
}

Result<const Command*> parse_command(const Object& object, Operands& operands) {
  if (const auto* const only = nameless_command(object)) return only;
  if (operands.empty()) {
    if (const auto* const command = find_by_name(object.commands, default_command)) return command;
    return Failure(Error{fmt::format("\"{}\" needs a command", object.name),
                         fmt::format("one of: {}", fmt::join(names_of(object.commands), ", "))});
  }
  const auto word = operands.take();
  if (const auto* const command = find_by_name(object.commands, word)) return command;
  return unknown(fmt::format("command of \"{}\"", object.name), word, names_of(object.commands));
}

}  // namespace

Format requested_format(Words words) {
  if (asks_for(pretty_option, words)) return Format::pretty_json;
  return asks_for(json_option, words) ? Format::json : Format::people;
}

Result<Request> parse_request(Words words) {
  const auto option = std::ranges::find_if(words, looks_like_option);
  if (option != words.end()) {
    return Failure(Error{fmt::format("unexpected option {:?}", *option),
                         "options stand on the command line of the program"});
  }
  auto operands = Operands::of(words);
  if (!operands) return Failure(operands.error());
  const auto object = parse_object(*operands);
  if (!object) return Failure(object.error());
  const auto command = parse_command(**object, *operands);
  if (!command) return Failure(command.error());
  auto values = parse_values(**object, **command, *operands);
  if (!values) return Failure(values.error());
  return Request{*object, *command, std::move(*values)};
}

Result<Action> parse(Words words) {
  auto operands = Operands::of(words);
  if (!operands) return Failure(operands.error());
  if (asks_for(version_option, words)) return answer(version_reply());

  bool help = asks_for(help_option, words);
  help |= operands->take_if(help_word);
  if (operands->empty() && help) return answer(program_help());
  const auto object = parse_object(*operands);
  if (!object) return Failure(object.error());

  help |= operands->take_if(help_word);
  if (operands->empty() && help) return answer(object_help(**object));
  const auto command = parse_command(**object, *operands);
  if (!command) return Failure(command.error());

  help |= operands->take_if(help_word);
  if (help) return answer(command_help(**object, **command));
  const auto values = parse_values(**object, **command, *operands);
  if (!values) return Failure(values.error());
  return (*command)->parse(*values);
}
}  // namespace vsockfwd
