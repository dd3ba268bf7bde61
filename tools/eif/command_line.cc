// SPDX-License-Identifier: Apache-2.0
#include "eif/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <utility>

#include "lib/completion.h"
#include "lib/program_words.h"
#include "lib/suggestion.h"

namespace vsockfwd::eif {
namespace {

/// More than this many MiB would not fit into the header's number of bytes.
constexpr std::uint64_t memory_max = std::uint64_t{1} << 43U;

void add_json_flag(CLI::App& app, bool& json) {
  app.add_flag("-j,--json", json, "print JSON")->disable_flag_override();
}

void add_build(CLI::App& program, BuildCommand& build) {
  auto& app = *program.add_subcommand("build", "write an image, and tell of it");
  app.add_option("--kernel", build.kernel_path, "the kernel, a bzImage")
      ->type_name("FILE")
      ->required();
  app.add_option("--cmdline", build.cmdline, "the kernel's command line")
      ->type_name("TEXT")
      ->required();
  app.add_option("--ramdisk", build.ramdisk_paths,
                 "an initial RAM disk; may be repeated, and the first is the one that boots")
      ->type_name("FILE")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false)
      ->required();
  app.add_option("--metadata", build.metadata_path, "a JSON object that tells of the image")
      ->type_name("FILE");
  app.add_option("--memory", build.memory, "memory of the enclave by default")
      ->type_name("MIB")
      ->check(CLI::Range(std::uint64_t{1}, memory_max))
      ->capture_default_str();
  app.add_option("--processors", build.processors, "its processors by default")
      ->type_name("N")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("-o,--output", build.output_path, "the image; replaced as a whole, or not at all")
      ->type_name("FILE")
      ->required();
  add_json_flag(app, build.json);
}

void add_describe(CLI::App& program, DescribeCommand& describe) {
  auto& app = *program.add_subcommand("describe", "tell of an image");
  app.add_option("file", describe.path, "the image")->type_name("FILE")->required();
  add_json_flag(app, describe.json);
}

void add_check(CLI::App& program, CheckCommand& check) {
  auto& app = *program.add_subcommand("check", "say whether images are whole and can boot");
  app.add_option("file", check.paths, "the images")->type_name("FILE ...")->required();
}

/// The whole command line.
class Program {
 public:
  Program() {
    app_.add_flag("-V,--version", version_, "print the version");
    add_build(app_, build_);
    add_describe(app_, describe_);
    add_check(app_, check_);
    app_.add_subcommand("completion", "print a script that completes words")
        ->require_subcommand(1)
        ->add_subcommand("bash", "for bash to source");
  }

  Result<Command> parse(std::vector<std::string> words) {
    auto parsed = parse_words(app_, std::move(words));
    if (!parsed) return Failure(std::move(parsed.error()));
    if (!parsed->empty()) return PrintCommand{std::move(*parsed)};
    if (version_) return PrintCommand{fmt::format("{} {}\n", program_name, VSOCKFWD_VERSION)};
    if (app_.got_subcommand("build")) return build_;
    if (app_.got_subcommand("describe")) return describe_;
    if (app_.got_subcommand("check")) return check_;
    if (app_.got_subcommand("completion")) return PrintCommand{bash_completion(app_)};
    return Failure(Error{"there is no command", suggest({}, subcommand_names(app_))});
  }

 private:
  CLI::App app_{"Writes and reads enclave images (EIF).", std::string(program_name)};
  bool version_ = false;
  BuildCommand build_;
  DescribeCommand describe_;
  CheckCommand check_;
};

}  // namespace

Result<Command> parse_command_line(std::vector<std::string> words) {
  return Program().parse(std::move(words));
}

}  // namespace vsockfwd::eif
