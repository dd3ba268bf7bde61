// SPDX-License-Identifier: Apache-2.0
#include "lib/daemon_command.h"

#include <fmt/format.h>

#include "lib/completion.h"
#include "lib/program_words.h"
#include "lib/suggestion.h"

namespace vsockfwd {

CommonWords::CommonWords(CLI::App& program) : program_(program) {
  program.add_flag("-V,--version", version_, "print the version");
  program.add_subcommand("completion", "print a script that completes words")
      ->require_subcommand(1)
      ->add_subcommand("bash", "for bash to source");
}

Result<std::optional<PrintCommand>> CommonWords::parse(std::vector<std::string> words) {
  auto help = parse_words(program_, std::move(words));
  if (!help) return Failure(std::move(help.error()));
  if (!help->empty()) return PrintCommand{std::move(*help)};
  if (version_) return PrintCommand{fmt::format("{} {}\n", program_.get_name(), VSOCKFWD_VERSION)};
  if (program_.got_subcommand("completion")) return PrintCommand{bash_completion(program_)};
  if (program_.get_subcommands().empty()) {
    return Failure(Error{"there is no command", suggest({}, subcommand_names(program_))});
  }
  return std::nullopt;
}

}  // namespace vsockfwd
