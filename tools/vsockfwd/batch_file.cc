// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/batch_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/file.h"

namespace vsockfwd {
namespace {

constexpr std::string_view blanks = " \t\r\v\f";

bool is_blank(char character) {
  return blanks.find(character) != std::string_view::npos;
}

/// Reads the words of a line from left to right.
class LineReader {
 public:
  explicit LineReader(std::string_view line) : rest_(line) {}

  /// Whether another word follows.
  bool skip_to_word() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size()));
    return !rest_.empty() && rest_.front() != '#';
  }

  Result<std::string> take_word() {
    std::string word;
    char quote = 0;
    while (!rest_.empty() && (quote != 0 || !is_blank(rest_.front()))) {
      const char character = take();
      if (quote != 0 && character == quote) {
        quote = 0;
      } else if (quote == 0 && (character == '"' || character == '\'')) {
        quote = character;
      } else if (character == '\\' && quote != '\'') {
        if (rest_.empty()) return unfinished("a backslash", "a command cannot go on the next line");
        word += take();
      } else {
        word += character;
      }
    }
    if (quote != 0) return unfinished("a word", fmt::format("close the quotes with {}", quote));
    return word;
  }

 private:
  char take() {
    const char character = rest_.front();
    rest_.remove_prefix(1);
    return character;
  }

  static Failure unfinished(std::string_view what, std::string hint) {
    return Failure(Error{fmt::format("the line ends within {}", what), std::move(hint)});
  }

  std::string_view rest_;
};

Result<Request> parse_words(const std::vector<std::string>& words) {
  const std::vector<std::string_view> views(words.begin(), words.end());
  auto request = parse_request(views);
  if (!request || request->object->in_batch) return request;
  return Failure(Error{fmt::format("\"{}\" cannot stand in a file", request->object->name),
                       "give it on a command line of its own"});
}

}  // namespace

Result<std::vector<std::string>> split_line(std::string_view line) {
  std::vector<std::string> words;
  LineReader reader(line);
  while (reader.skip_to_word()) {
    auto word = reader.take_word();
    if (!word) return Failure(word.error());
    words.push_back(std::move(*word));
  }
  return words;
}

Result<BatchFile> BatchFile::read(const Machine& machine, std::string_view name) {
  BatchFile file(name);
  const auto text = name == "-" ? read_file(machine.input, file.name_) : read_file(name);
  if (!text) return Failure(text.error());
  if (const auto parsed = file.parse(*text); !parsed) return Failure(parsed.error());
  return file;
}

Error BatchFile::locate(std::size_t number, Error error) const {
  error.message = fmt::format("{}:{}: {}", name_, number, error.message);
  return error;
}

Result<void> BatchFile::parse(std::string_view text) {
  empty_ = text.empty();
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));

    auto words = split_line(line);
    if (!words) return Failure(locate(number, words.error()));
    if (words->empty()) continue;
    auto request = parse_words(*words);
    if (!request) return Failure(locate(number, request.error()));
    lines_.emplace_back(number, std::move(*words), std::move(*request));
  }
  return {};
}

}  // namespace vsockfwd
