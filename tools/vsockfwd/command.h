// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_COMMAND_H
#define VSOCKFWD_VSOCKFWD_COMMAND_H

#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/fwd_device.h"
#include "lib/result.h"

/// The command table: what parsing, help, completion and the check of the manual pages read.
namespace vsockfwd {

/// JSON whose keys stay in the order in which they were written.
using Json = nlohmann::ordered_json;

/// The machine that the program looks at. Tests put a directory and a function of their own here.
struct Machine {
  /// Where /dev, /proc, /sys, /boot and /lib are.
  std::filesystem::path root = "/";
  /// How to talk to the device.
  IoctlFunction ioctl = system_ioctl;

  /// Where the file with this absolute name is.
  [[nodiscard]] std::filesystem::path path(std::string_view absolute) const {
    return root / std::filesystem::path(absolute).relative_path();
  }
};

/// What a command has to say when it succeeds.
struct Reply {
  /// For programs.
  Json json;
  /// For people; complete lines, or empty.
  std::string text;
  /// The exit status of the program.
  int status = 0;
};

/// A command whose words have been understood, ready to run.
using Action = std::function<Result<Reply>(const Machine&)>;

/// The words that were given as values, by keyword.
using Values = std::map<std::string_view, std::string_view>;

/// A word that announces a value, as in: guest 16.
struct Keyword {
  std::string_view name;
  /// Stands for the value in a synopsis.
  std::string_view value;
  /// The values that completion offers, separated by blanks.
  std::string_view suggestions;
  /// Whether the command makes no sense without it.
  bool required = false;
  std::string_view description;
};

struct Command {
  std::string_view name;
  std::span<const Keyword> keywords;
  std::string_view description;
  /// Understands the values. Every required keyword has one.
  Result<Action> (*parse)(const Values& values);
};

/// What the commands are about. Its command "show", if it has one, is the default.
struct Object {
  std::string_view name;
  std::string_view description;
  std::span<const Command> commands;
};

struct Option {
  std::string_view short_name;
  std::string_view long_name;
  std::string_view description;
};

struct ExitStatus {
  int status;
  std::string_view description;
};

inline constexpr int exit_success = 0;
inline constexpr int exit_failure = 1;
inline constexpr int exit_usage = 2;

inline constexpr std::string_view program_name = "vsockfwd";
inline constexpr std::string_view version = VSOCKFWD_VERSION;
inline constexpr std::string_view default_command = "show";
/// Asks about what stands before and behind it; may stand at any place but for a value's.
inline constexpr std::string_view help_word = "help";

inline constexpr Option json_option = {"-j", "--json", "print JSON, errors included"};
inline constexpr Option pretty_option = {"-p", "--pretty", "print JSON with line breaks"};
inline constexpr Option help_option = {"-h", "--help", "explain the program, object or command"};
inline constexpr Option version_option = {"-V", "--version", "print the version"};

std::span<const Option> options();
std::span<const ExitStatus> exit_statuses();
std::span<const Object> objects();

/// The names in a table of keywords, commands or objects, in its order.
template <typename Table>
std::vector<std::string_view> names_of(const Table& table) {
  std::vector<std::string_view> names;
  for (const auto& entry : table) names.push_back(entry.name);
  return names;
}

/// The words of a command after the program's name, as in: rule del guest CID.
std::string synopsis(const Object& object, const Command& command);

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_COMMAND_H
