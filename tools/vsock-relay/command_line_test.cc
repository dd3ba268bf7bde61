// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/command_line.h"

#include <gmock/gmock.h>

#include <fstream>
#include <string>
#include <variant>
#include <vector>

namespace vsockfwd::relay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::chrono_literals;
using Words = std::vector<std::string>;

template <typename Kind>
Kind good(const Words& words) {
  auto command = parse_command_line(words);
  if (command && std::holds_alternative<Kind>(*command)) return std::get<Kind>(*command);
  ADD_FAILURE() << (command ? "another command" : command.error().message);
  return {};
}

Config config_of(const Words& words) {
  const auto run = good<RunCommand>(words);
  if (!run.load) return {};
  auto config = run.load();
  if (config) return *config;
  ADD_FAILURE() << config.error().message;
  return {};
}

std::string write_file(const std::string& name, std::string_view text) {
  auto path = ::testing::TempDir() + "command_line_test." + name;
  std::ofstream(path) << text;
  return path;
}

const Words smallest = {"run", "--from", "tcp:[::1]:80", "--to", "vsock:16:8888"};

Words smallest_and(const Words& more) {
  auto words = smallest;
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST(ParseCommandLine, ReadsOnePair) {
  const auto config = config_of(smallest_and(
      {"--to=unix:/a", "--max-connections", "5", "--no-half-close", "--idle-timeout", "1h",
       "--allow-network", "10.0.0.0/8", "--allow-network", "::1", "--workers=3", "--setup-lo"}));
  ASSERT_EQ(config.pairs.size(), 1U);
  const auto& pair = config.pairs[0];
  EXPECT_EQ(pair.name, "tcp:[::1]:80");
  EXPECT_EQ(std::get<Listener>(pair.from).address, Address(TcpAddress{"::1", 80}));
  EXPECT_THAT(std::get<Listener>(pair.from).allow.networks, ElementsAre("10.0.0.0/8", "::1"));
  EXPECT_THAT(std::get<Dialer>(pair.to).targets,
              ElementsAre(Address(VsockAddress{16, 8888}), Address(UnixAddress{"/a"})));
  EXPECT_EQ(pair.limits.max_connections, 5U);
  EXPECT_EQ(pair.timeouts.idle, 1h);
  EXPECT_FALSE(pair.half_close);
  EXPECT_EQ(config.workers, 3U);
  EXPECT_TRUE(config.setup_lo);
}

TEST(ParseCommandLine, ReadsARendezvous) {
  const auto config = config_of({"run", "--listen", "vsock:any:1234", "--listen", "tcp:[::1]:9001",
                                 "--hold", "8s", "--name", "migration"});
  EXPECT_EQ(config.pairs[0].name, "migration");
  EXPECT_EQ(config.pairs[0].hold, 8s);
  EXPECT_EQ(std::get<Listener>(config.pairs[0].to).address, Address(TcpAddress{"::1", 9001}));
}

TEST(ParseCommandLine, ReadsAFileAnewForEachLoad) {
  const auto path = write_file("toml", "workers = 2\n[[pair]]\nfrom=\"fd:a\"\nto=\"unix:/b\"\n");
  const auto run = good<RunCommand>({"run", "--config", path, "--drain", "7s"});
  EXPECT_EQ(run.load().value().workers, 2U);
  write_file("toml", "workers = 3\ndrain = \"9s\"\n[[pair]]\nfrom=\"fd:a\"\nto=\"unix:/b\"\n");
  EXPECT_EQ(run.load().value().workers, 3U);
  EXPECT_EQ(run.load().value().daemon.drain, 7s) << "the command line outdoes the file";
  write_file("toml", "workers = x");
  EXPECT_THAT(run.load().error().message, StartsWith(path + ":1:11: "));
}

TEST(ParseCommandLine, ChecksTargetsAgainstTheAllowlist) {
  const auto path = write_file("yaml", "allowlist: [{address: a.b, port: 1}]");
  const auto run =
      good<RunCommand>({"run", "--from", "fd:a", "--to", "tcp:a.b:2", "--target-allowlist", path});
  EXPECT_THAT(run.load().error().message, HasSubstr("\"tcp:a.b:2\" is not on the allowlist"));
}

TEST(ParseCommandLine, TellsWhetherOnlyToCheck) {
  EXPECT_FALSE(good<RunCommand>(smallest).check_only);
  EXPECT_TRUE(good<RunCommand>(smallest_and({"--check-config"})).check_only);
}

TEST(ParseCommandLine, SpeaksAsVsockProxy) {
  const auto path = write_file("proxy.yaml", "allowlist: [{address: '::1', port: 443}]");
  const auto pair =
      config_of({"vsock-proxy", "8000", "::1", "443", "-w", "7", "-6", "--config", path}).pairs[0];
  EXPECT_EQ(std::get<Listener>(pair.from).address, Address(VsockAddress{any_cid, 8000}));
  EXPECT_THAT(std::get<Dialer>(pair.to).targets, ElementsAre(Address(TcpAddress{"::1", 443})));
  EXPECT_EQ(std::get<Dialer>(pair.to).family, Family::ipv6);
  EXPECT_EQ(pair.limits.max_connections, 7U);
  const auto bare = config_of({"vsock-proxy", "8000", "::1", "443", "-c", path}).pairs[0];
  EXPECT_EQ(bare.limits.max_connections, 1024U);
  EXPECT_EQ(std::get<Dialer>(bare.to).family, Family::any);
}

TEST(ParseCommandLine, WantsAnAllowlistAsVsockProxyDoes) {
  const auto error = good<RunCommand>({"vsock-proxy", "8000", "a.b", "443"}).load().error();
  EXPECT_THAT(error.message, HasSubstr("/etc/nitro_enclaves/vsock-proxy.yaml"));
  EXPECT_THAT(error.hint, HasSubstr("-c FILE"));
}

TEST(ParseCommandLine, ReadsStatus) {
  EXPECT_EQ(good<StatusCommand>({"status"}).control_path, "/run/vsock-relay/control.sock");
  EXPECT_FALSE(good<StatusCommand>({"status"}).json);
  const auto status = good<StatusCommand>({"status", "-j", "--control", "/a"});
  EXPECT_EQ(status.control_path, "/a");
  EXPECT_TRUE(status.json);
}

TEST(ParseCommandLine, ExplainsItself) {
  EXPECT_THAT(good<PrintCommand>({"--help"}).text, HasSubstr("vsock-proxy"));
  EXPECT_THAT(good<PrintCommand>({"run", "--help"}).text, HasSubstr("--max-connections N"));
  EXPECT_THAT(good<PrintCommand>({"run", "--from", "nonsense", "-h"}).text, HasSubstr("--from"));
  EXPECT_EQ(good<PrintCommand>({"--version"}).text, "vsock-relay " VSOCKFWD_VERSION "\n");
  EXPECT_THAT(good<PrintCommand>({"completion", "bash"}).text, HasSubstr("--max-connections"));
}

TEST(ParseCommandLine, SaysWhatIsWrong) {
  struct Case {
    Words words;
    std::string message;
    std::string hint;
  };
  const std::vector<Case> cases = {
      {{}, "there is no command", "one of: run, vsock-proxy, status, completion"},
      {{"rnu"}, "unexpected word \"rnu\"", "did you mean \"run\"?"},
      {{"--verison"}, "unknown option \"--verison\"", "did you mean \"--version\"?"},
      {{"\x1b[2J"}, "unexpected word \"\\x1b[2J\"", "one of: run"},
      {smallest_and({"--max-conections", "5"}), "unknown option \"--max-conections\"",
       "did you mean \"--max-connections\"?"},
      {smallest_and({"--max-conections=5"}), "unknown option \"--max-conections=5\"",
       "did you mean \"--max-connections\"?"},
      {smallest_and({"more"}), "unexpected word \"more\"", "see vsock-relay run --help"},
      {{"run"},
       "the addresses make no pair: 0 --from, 0 --to, 0 --listen, 0 --connect",
       "give one --from and at least one --to"},
      {{"run", "--from"}, "--from needs a value: ADDRESS", "see vsock-relay run --help"},
      {{"run", "--from", "x", "--to", "unix:/a"},
       "--from: invalid address \"x\" to listen on",
       "tcp:HOST:PORT"},
      {{"run", "--from", "unix:/a", "--to", "y"}, "--to: invalid address \"y\" to connect to", ""},
      {smallest_and({"--from", "tcp:[::1]:81"}), "--from is given 2 times", "give it once"},
      {smallest_and({"--max-rate", "0"}), "--max-rate: \"0\" is no number", ""},
      {smallest_and({"--workers", "x"}), "--workers: \"x\" is no number", ""},
      {smallest_and({"--hold", "1s"}), "--hold has no effect without a rendezvous", ""},
      {smallest_and({"--no-half-close=false"}), "no-half-close was given",
       "see vsock-relay run --help"},
      {smallest_and({"--config", "a"}), "--from and --config exclude each other",
       "write it into the file"},
      {{"vsock-proxy", "8000", "a.b"}, "remote_port", "see vsock-relay vsock-proxy --help"},
      {{"vsock-proxy", "x", "a.b", "1"}, "invalid address \"vsock:any:x\"", ""},
      {{"vsock-proxy", "1", "a b", "1"}, "invalid address \"tcp:a b:1\"", ""},
      {{"vsock-proxy", "1", "a.b", "65536"}, "invalid address \"tcp:a.b:65536\"", ""},
      {{"vsock-proxy", "1", "a.b", "1", "-w", "0"}, "\"0\" is no number", ""},
      {{"vsock-proxy", "1", "a.b", "1", "-4", "-6"}, "--ipv4 excludes --ipv6", ""},
      {{"vsock-proxy", "1", "10.0.0.5", "8443", "-6"},
       "\"tcp:10.0.0.5:8443\" has no IPv6 address",
       "leave the family out"},
      {{"vsock-proxy", "1", "::1", "1", "-4"}, "\"tcp:[::1]:1\" has no IPv4 address", ""},
      {{"run", "--from", "fd:a", "--to", "tcp:a.b:1", "--to", "tcp:[::1]:1", "--family", "ipv4"},
       "\"tcp:[::1]:1\" has no IPv4 address",
       ""},
      {smallest_and({"--control", "unix:/x"}), "--control: \"unix:/x\" is no path", "bare path"},
      {smallest_and({"--control", ""}), "--control: the path of the socket is empty", ""},
      {{"status", "--control", "unix:/x"}, "--control: \"unix:/x\" is no path", "bare path"},
      {{"status", "--control", ""}, "--control: the path of the socket is empty", ""},
      {{"status", "x"}, "unexpected word \"x\"", "see vsock-relay status --help"},
      {{"completion"}, "", "see vsock-relay completion --help"},
      {{"completion", "fish"}, "", ""},
  };
  for (const auto& [words, message, hint] : cases) {
    const auto command = parse_command_line(words);
    ASSERT_FALSE(command) << message;
    EXPECT_THAT(command.error().message, StartsWith(message));
    EXPECT_THAT(command.error().hint, HasSubstr(hint)) << message;
  }
}

}  // namespace
}  // namespace vsockfwd::relay
