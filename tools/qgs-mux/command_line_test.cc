// SPDX-License-Identifier: Apache-2.0
#include "qgs-mux/command_line.h"

#include <gmock/gmock.h>

#include "qgs-mux/draft.h"

namespace vsockfwd::qgs {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Words = std::vector<std::string>;
using namespace std::chrono_literals;

Config config_of(const Words& words) {
  const auto command = parse_command_line(words);
  const auto* const run = command ? std::get_if<RunCommand>(&*command) : nullptr;
  if (run == nullptr) {
    ADD_FAILURE() << (command ? "another command" : command.error().message);
    return {};
  }
  return run->load().value();
}

TEST(CommandLine, OlderFormRuns) {
  const auto config = config_of({"--qgs", "/q", "--vsock_path", "/d", "--vsock_name=n_40"});
  ASSERT_EQ(config.services.size(), 1U);
  EXPECT_EQ(config.services[0].address, Address(UnixAddress{"/q", false}));
  ASSERT_EQ(config.watches.size(), 1U);
  EXPECT_EQ(config.watches[0].path.socket_path("g"), "/d/g/n_40");
}

TEST(CommandLine, DefaultsAreThoseOfTheOlderProgram) {
  const auto config = config_of({"run"});
  EXPECT_EQ(config.services.at(0).address,
            Address(UnixAddress{"/var/run/tdx-qgs/qgs.socket", false}));
  EXPECT_EQ(config.services.at(0).threads, 4U);
  EXPECT_EQ(config.watches.at(0).path.socket_path("g"),
            "/var/lib/vc/dragonball/g/kata.hvsock_4050");
  EXPECT_EQ(config.request_timeout, 25s);
}

TEST(CommandLine, TakesServicesAndFronts) {
  const auto config = config_of({"run", "--qgs", "unix:/a", "--qgs", "vsock:2:4050", "--threads",
                                 "8", "--listen", "vsock:any:4050", "--watch",
                                 "/w/{guest}/s_{port}", "--port", "40", "--mode", "0660"});
  ASSERT_EQ(config.services.size(), 2U);
  EXPECT_EQ(config.services[1].threads, 8U);
  EXPECT_EQ(config.listeners.at(0).address, Address(VsockAddress{any_cid, 4050}));
  EXPECT_EQ(config.watches.at(0).path.socket_path("g"), "/w/g/s_40");
  EXPECT_EQ(config.watches.at(0).options.mode, 0660U);
}

TEST(CommandLine, ExplainsMistakes) {
  const std::pair<Words, std::string> mistakes[] = {
      {{"run", "--qgs", "tcp:127.0.0.1:1"}, "no address of a service"},
      {{"run", "--listen", "tcp:127.0.0.1:1"}, "open to others"},
      {{"run", "--request-timeout", "30s"}, "longer than clients wait"},
      {{"run", "--threads", "0"}, "no number"},
      {{"run", "--watch", "/a/b"}, "{guest}"},
      {{"run", "--config", "f", "--qgs", "/q"}, "exclude each other"},
      {{"run", "--listen", "unix:/a", "--listen", "unix:/a"}, "twice"},
      {{"rum"}, "unexpected word"},
      {{}, "no command"},
  };
  for (const auto& [words, message] : mistakes) {
    const auto command = parse_command_line(words);
    ASSERT_FALSE(command) << message;
    EXPECT_THAT(command.error().message, HasSubstr(message));
    EXPECT_FALSE(command.error().hint.empty()) << message;
  }
}

TEST(CommandLine, ProbesWhereItIsTold) {
  const auto command = parse_command_line({"probe", "--qgs", "/a", "--qgs", "vsock:2:1"}).value();
  EXPECT_EQ(std::get<ProbeCommand>(command).services.size(), 2U);
  const auto usual = parse_command_line({"probe"}).value();
  EXPECT_EQ(std::get<ProbeCommand>(usual).services.size(), 1U);
}

TEST(CommandLine, PrintsHelpVersionAndCompletion) {
  const std::pair<Words, std::string> texts[] = {
      {{"--version"}, "qgs-mux "},
      {{"run", "--help"}, "serve guests"},
      {{"completion", "bash"}, "# bash completion for qgs-mux"},
  };
  for (const auto& [words, start] : texts) {
    const auto command = parse_command_line(words).value();
    EXPECT_THAT(std::get<PrintCommand>(command).text, StartsWith(start));
  }
}

}  // namespace
}  // namespace vsockfwd::qgs
