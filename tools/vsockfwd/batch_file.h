// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_BATCH_FILE_H
#define VSOCKFWD_VSOCKFWD_BATCH_FILE_H

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "vsockfwd/command_line.h"

/// A file of commands, one a line.
namespace vsockfwd {

/// Splits a line into words as a shell does: blanks separate them, a word that begins with # starts
/// a comment, quotes keep what is between them together, and outside of single quotes a backslash
/// takes the next character as it is.
Result<std::vector<std::string>> split_line(std::string_view line);

/// A line that holds a command.
struct BatchLine {
  BatchLine(std::size_t at, std::vector<std::string> split, Request understood)
      : number(at), words(std::move(split)), request(std::move(understood)) {}
  BatchLine(BatchLine&&) = default;
  BatchLine& operator=(BatchLine&&) = default;
  /// The request would go on referring to the words of the original.
  BatchLine(const BatchLine&) = delete;
  BatchLine& operator=(const BatchLine&) = delete;
  ~BatchLine() = default;

  /// Where it stands in the file; the first line is 1.
  std::size_t number;
  std::vector<std::string> words;
  /// Refers to the words.
  Request request;
};

/// The commands of a file, all of them understood.
class BatchFile {
 public:
  /// Reads the file with this name, or standard input for "-". Fails if a line makes no sense.
  static Result<BatchFile> read(const Machine& machine, std::string_view name);

  /// In the order of their numbers.
  [[nodiscard]] const std::vector<BatchLine>& lines() const { return lines_; }

  /// Whether there is not even a comment.
  [[nodiscard]] bool empty() const { return empty_; }

  /// Names the file, and the line in it, in front of what went wrong there.
  [[nodiscard]] Error locate(const BatchLine& line, Error error) const {
    return locate(line.number, std::move(error));
  }

  /// What messages call the file.
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  explicit BatchFile(std::string_view name) : name_(name == "-" ? "standard input" : name) {}

  [[nodiscard]] Error locate(std::size_t number, Error error) const;
  Result<void> parse(std::string_view text);

  std::string name_;
  bool empty_ = true;
  std::vector<BatchLine> lines_;
};

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_BATCH_FILE_H
