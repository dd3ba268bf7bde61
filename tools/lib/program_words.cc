// SPDX-License-Identifier: Apache-2.0
#include "lib/program_words.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <utility>

#include "lib/completion.h"
#include "lib/suggestion.h"

namespace vsockfwd {
namespace {

Failure refuse(std::string message, std::string hint) {
  return Failure(Error{std::move(message), std::move(hint)});
}

/// The subcommand that was given, at any depth.
const CLI::App& innermost(const CLI::App& app) {
  const auto given = app.get_subcommands();
  return given.empty() ? app : innermost(*given.front());
}

std::string help_hint(const CLI::App& app) {
  const auto* const parent = app.get_parent();
  if (parent == nullptr) return fmt::format("see {} --help", app.get_name());
  return fmt::format("see {} {} --help", parent->get_name(), app.get_name());
}

/// Complains about a word that belongs nowhere.
Failure refuse_word(const CLI::App& app, const std::string& word) {
  const bool is_option = word.starts_with('-');
  const auto names = is_option ? option_names(app) : subcommand_names(app);
  const auto hint = names.empty() ? help_hint(app) : suggest(word, names);
  if (is_option) return refuse(fmt::format("unknown option {:?}", word), hint);
  return refuse(fmt::format("unexpected word {:?}", word), hint);
}

/// Complains about an option with no value, or with too many.
Failure refuse_values(const CLI::App& app, const CLI::ArgumentMismatch& error) {
  const std::string_view message = error.what();
  for (const auto* const option : app.get_options()) {
    const auto name = option->get_name();
    if (!message.starts_with(name + ':')) continue;
    const auto times = option->count();
    if (times > static_cast<std::size_t>(option->get_items_expected_max())) {
      return refuse(fmt::format("{} is given {} times", name, times), "give it once");
    }
    return refuse(fmt::format("{} needs a value: {}", name, option->get_type_name()),
                  help_hint(app));
  }
  return refuse(std::string(message), help_hint(app));
}

}  // namespace

Result<std::string> parse_words(CLI::App& program, std::vector<std::string> words) {
  // Words that are left over are explained here, with suggestions.
  program.allow_extras();
  for (auto* const subcommand : program.get_subcommands({})) subcommand->allow_extras();
  program.get_formatter()->column_width(36);
  try {
    std::reverse(words.begin(), words.end());
    program.parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    return program.help();
  } catch (const CLI::ArgumentMismatch& error) {
    return refuse_values(innermost(program), error);
  } catch (const CLI::ParseError& error) {
    return refuse(error.what(), help_hint(innermost(program)));
  }
  const auto left_over = program.remaining(true);
  if (!left_over.empty()) return refuse_word(innermost(program), left_over.front());
  return {};
}

int print(std::string_view program_name, std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (written && std::fflush(stdout) == 0) return exit_success;
  return complain(program_name, {"cannot write to standard output", {}}, exit_failure);
}

int complain(std::string_view program_name, const Error& error, int status) {
  auto text = fmt::format("{}: {}\n", program_name, error.message);
  if (!error.hint.empty()) text += fmt::format("hint: {}\n", error.hint);
  std::fputs(text.c_str(), stderr);
  return status;
}

}  // namespace vsockfwd
