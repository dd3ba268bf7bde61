// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_COMMAND_H
#define VSOCKFWD_VSOCKFWD_COMMAND_H

#include <unistd.h>

#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/fwd_device.h"
#include "lib/fwd_netlink.h"
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
  /// How to talk to the module over netlink.
  Netlink netlink = system_netlink();
  /// Standard input.
  int input = STDIN_FILENO;

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
  /// Waits for what there is to say next; empty if this is all.
  std::function<Result<Reply>()> more = {};
};

/// A command whose words have been understood, ready to run.
using Action = std::function<Result<Reply>(const Machine&)>;

/// Whether a keyword has to be given.
enum class Need {
  optional,
  required,
  /// Exactly one of all alternatives of the command.
  alternative,
};

/// A word that announces a value, as in: guest 16.
struct Keyword {
  /// Empty if the value stands there without a word that announces it. A command has one such
  /// keyword at most.
  std::string_view name;
  /// Stands for the value in a synopsis; empty if the word says everything itself.
  std::string_view value;
  /// The values that completion offers, separated by blanks; or file_suggestion.
  std::string_view suggestions;
  Need need = Need::optional;
  std::string_view description;
  /// The keyword whose value it has to follow directly, to which it belongs; empty for any place.
  std::string_view behind = {};
};

/// The values that were given.
class Values {
 public:
  /// Returns whether it is the first value of the keyword.
  bool add(const Keyword& keyword, std::string_view value) {
    return values_.emplace(std::pair(keyword.behind, keyword.name), value).second;
  }

  [[nodiscard]] bool contains(const Keyword& keyword) const {
    return values_.contains({keyword.behind, keyword.name});
  }

  /// The value of the keyword with this name, behind that of another one; nothing if it is not
  /// given.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name,
                                                     std::string_view behind = {}) const {
    const auto found = values_.find({behind, name});
    return found == values_.end() ? std::nullopt : std::optional(found->second);
  }

  /// The value of a keyword that is required.
  [[nodiscard]] std::string_view at(std::string_view name) const { return find(name).value(); }

  /// The value that no word announces; nothing if it is not given.
  [[nodiscard]] std::optional<std::string_view> operand() const { return find({}); }

 private:
  std::map<std::pair<std::string_view, std::string_view>, std::string_view> values_;
};

struct Command {
  /// Empty if it is the only one of its object, whose name says everything.
  std::string_view name;
  std::span<const Keyword> keywords;
  std::string_view description;
  /// Understands the values. What is needed is there.
  Result<Action> (*parse)(const Values& values);
};

/// What the commands are about. Its command "show", if it has one, is the default.
struct Object {
  std::string_view name;
  std::string_view description;
  std::span<const Command> commands;
  /// Whether its commands may stand in a file of commands.
  bool in_batch = true;
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
/// Lets completion offer the names of files.
inline constexpr std::string_view file_suggestion = "FILE";
/// Asks about what stands before and behind it; may stand at any place but for a value's.
inline constexpr std::string_view help_word = "help";

inline constexpr Option json_option = {"-j", "--json", "print JSON, errors included"};
inline constexpr Option pretty_option = {"-p", "--pretty", "print JSON with line breaks"};
inline constexpr Option help_option = {"-h", "--help", "explain the program, object or command"};
inline constexpr Option version_option = {"-V", "--version", "print the version"};

std::span<const Option> options();
std::span<const ExitStatus> exit_statuses();
std::span<const Object> objects();

/// The command of an object that has one without a name; nullptr if it has none.
const Command* nameless_command(const Object& object);

/// The names in a table of keywords, commands or objects, in its order.
template <typename Table>
std::vector<std::string_view> names_of(const Table& table) {
  std::vector<std::string_view> names;
  for (const auto& entry : table) names.push_back(entry.name);
  return names;
}

/// A keyword and its value, as in: guest CID.
std::string term(const Keyword& keyword);

/// The words that name a command, as in: rule del.
std::string name_of(const Object& object, const Command& command);

/// The words of a command after the program's name, as in: rule del guest CID.
std::string synopsis(const Object& object, const Command& command);

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_COMMAND_H
