// SPDX-License-Identifier: GPL-2.0
#include "common/program.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <fstream>

#include "guest/failure.h"

namespace vsockfwd::programs {
namespace {

constexpr int failure = 1;
constexpr int usage_error = 2;

void print_error(const Error& error) {
  fmt::print(stderr, "error: {}\n", error.message);
  if (!error.hint.empty()) fmt::print(stderr, "hint: {}\n", error.hint);
}

}  // namespace

void fail(std::string_view what) {
  throw CommandFailed{errno_failure(what, errno).value()};
}

void ReadyFile::add_to(CLI::App& command) {
  command.add_option("--ready-file", path_, "make this file when all is ready")
      ->option_text("PATH");
}

Result<void> ReadyFile::make() const {
  if (path_.empty() || std::ofstream(path_)) return {};
  return errno_failure(fmt::format("cannot make the file {:?}", path_.native()), errno);
}

int run_program(CLI::App& app, int argc, char** argv) {
  // Scripts read what we print while we run.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  if (!app.get_subcommands({}).empty()) app.require_subcommand(1);
  app.option_defaults()->always_capture_default();
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : usage_error;
  } catch (const CommandFailed& failed) {
    print_error(failed.error);
  } catch (const std::exception& fatal) {
    print_error({.message = fatal.what(), .hint = {}});
  }
  return failure;
}

}  // namespace vsockfwd::programs
