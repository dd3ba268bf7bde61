// SPDX-License-Identifier: Apache-2.0
#include "vsock-relay/config_toml.h"

#include <gmock/gmock.h>

#include <string>
#include <variant>
#include <vector>

#include "vsock-relay/setting.h"

namespace vsockfwd::relay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::chrono_literals;

Result<Config> read(const std::string& text) {
  return parse_toml(text, "x.toml").and_then(finish);
}

Config good(const std::string& text) {
  auto config = read(text);
  if (config) return *config;
  ADD_FAILURE() << config.error().message;
  return {};
}

constexpr const char* smallest = "[[pair]]\nfrom = \"tcp:[::1]:80\"\nto = \"vsock:16:8888\"\n";

TEST(ParseToml, ReadsTheSmallestConfiguration) {
  const auto config = good(smallest);
  ASSERT_EQ(config.pairs.size(), 1U);
  const auto& pair = config.pairs[0];
  EXPECT_EQ(pair.name, "tcp:[::1]:80");
  EXPECT_EQ(std::get<Listener>(pair.from), (Listener{TcpAddress{"::1", 80}, {}, {}}));
  Dialer dialer;
  dialer.targets = {VsockAddress{16, 8888}};
  EXPECT_EQ(std::get<Dialer>(pair.to), dialer);
  // What is not said stays as config.h says.
  Pair rest;
  rest.name = pair.name;
  rest.from = pair.from;
  rest.to = pair.to;
  EXPECT_EQ(pair, rest);
}

TEST(ParseToml, ReadsEverySettingOfAPair) {
  const auto config = good(R"([[pair]]
name = "kms"
from = "unix:/run/a"
to = ["tcp:a.b:1", "tcp:[::1]:2"]
max_connections = 1000000
max_connections_per_peer = 2
max_rate = 3
allow_uids = [0, 4294967295]
connect_timeout = "1ms"
idle_timeout = "2s"
half_closed_timeout = "3m"
half_close = false
attempts = 0
backoff = "1h"
backoff_max = "8760h"
family = "ipv6"
backlog = 1
mode = "0666"
group = "kvm"
)");
  const auto& pair = config.pairs[0];
  EXPECT_EQ(pair.name, "kms");
  EXPECT_EQ(pair.limits, (Limits{1'000'000, 2, 3}));
  EXPECT_EQ(pair.timeouts, (Timeouts{1ms, 2s, 3min}));
  EXPECT_FALSE(pair.half_close);
  const auto& from = std::get<Listener>(pair.from);
  EXPECT_EQ(from.options, (ListenOptions{1, 0666, "kvm"}));
  EXPECT_THAT(from.allow.uids, ElementsAre(0U, 4294967295U));
  const auto& to = std::get<Dialer>(pair.to);
  EXPECT_THAT(to.targets,
              ElementsAre(Address(TcpAddress{"a.b", 1}), Address(TcpAddress{"::1", 2})));
  EXPECT_EQ(to.family, Family::ipv6);
  EXPECT_EQ(to.attempts, 0U);
  EXPECT_EQ(to.backoff, 1h);
  EXPECT_EQ(to.backoff_max, 8760h);
}

TEST(ParseToml, ReadsEverySettingOfTheProgram) {
  const auto config = good(std::string(R"(max_connections = 1
max_connections_per_peer = 2
max_rate = 3
workers = 4
drain = "0s"
metrics = "tcp:127.0.0.1:9100"
control = "/run/c"
log_level = "debug"
setup_lo = true
target_allowlist = "/etc/a"
)") + smallest);
  EXPECT_EQ(config.limits, (Limits{1, 2, 3}));
  EXPECT_EQ(config.workers, 4U);
  EXPECT_EQ(config.daemon.drain, 0s);
  EXPECT_EQ(config.daemon.metrics, Address(TcpAddress{"127.0.0.1", 9100}));
  EXPECT_EQ(config.daemon.control_path, "/run/c");
  EXPECT_EQ(config.daemon.log_limit, Priority::debug);
  EXPECT_TRUE(config.setup_lo);
  EXPECT_EQ(config.target_allowlist, "/etc/a");
}

TEST(ParseToml, ReadsARendezvousOfListeners) {
  const auto config = good(R"([[pair]]
listen = ["vsock:any:1234", "tcp:0.0.0.0:9001"]
allow_cids = [18, "36", "host"]
allow_networks = "10.0.0.0/8"
hold = "8s"
)");
  const auto& pair = config.pairs[0];
  EXPECT_EQ(std::get<Listener>(pair.from).address, Address(VsockAddress{any_cid, 1234}));
  EXPECT_THAT(std::get<Listener>(pair.from).allow.cids, ElementsAre(18U, 36U, 2U));
  EXPECT_EQ(std::get<Listener>(pair.to).address, Address(TcpAddress{"0.0.0.0", 9001}));
  EXPECT_THAT(std::get<Listener>(pair.to).allow.networks, ElementsAre("10.0.0.0/8"));
  EXPECT_EQ(pair.hold, 8s);
}

TEST(ParseToml, ReadsARendezvousOfDialers) {
  const std::string connect = "[[pair]]\nconnect = [\"unix:/a\", \"unix:/b\"]\n";
  const auto pair = good(connect).pairs[0];
  EXPECT_THAT(std::get<Dialer>(pair.from).targets, ElementsAre(Address(UnixAddress{"/a"})));
  EXPECT_THAT(std::get<Dialer>(pair.to).targets, ElementsAre(Address(UnixAddress{"/b"})));
  // Nobody comes again to cause another attempt.
  EXPECT_EQ(std::get<Dialer>(pair.to).attempts, 0U);
  EXPECT_EQ(std::get<Dialer>(good(connect + "attempts = 7").pairs[0].from).attempts, 7U);
}

struct Case {
  std::string text;
  std::string message;
  std::string hint;
};

void expect_complaints(const std::vector<Case>& cases) {
  for (const auto& [text, message, hint] : cases) {
    const auto config = read(text);
    ASSERT_FALSE(config) << text;
    EXPECT_THAT(config.error().message, StartsWith(message)) << text;
    EXPECT_THAT(config.error().hint, HasSubstr(hint)) << text;
  }
}

TEST(ParseToml, SaysWhereTheFormIsWrong) {
  expect_complaints({
      {"", "there is no pair", "[[pair]]"},
      {"x", "x.toml:1:2: ", ""},
      {"workers = 1\nworkers = 2\n", "x.toml:2:", ""},
      {"name = \"\xff\"", "x.toml:1:", ""},
      {"wokers = 1", "x.toml:1:1: unknown key \"wokers\"", "did you mean \"workers\"?"},
      {"[section]", "x.toml:1:2: unknown key \"section\"", "one of: max_connections,"},
      {"[[pair]]\n  nmae = \"a\"", "x.toml:2:3: unknown key \"nmae\"", "did you mean \"name\"?"},
      {"[[pair]]\npair = 1", "x.toml:2:1: unknown key \"pair\"", "one of: name, from,"},
      {"[pair]\nfrom = \"x\"", "x.toml:1:1: \"pair\" is not a list of tables", "[[pair]]"},
      {"pair = 1", "x.toml:1:8: \"pair\" is not a list of tables", "[[pair]]"},
      {"pair = []", "x.toml:1:8: \"pair\" is not a list of tables", "[[pair]]"},
      {"workers = \"1\"", "x.toml:1:11: \"workers\" has the wrong type", "an integer"},
      {"workers = 1.0", "x.toml:1:11: \"workers\" has the wrong type", "an integer"},
      {"workers = [1]", "x.toml:1:11: \"workers\" has the wrong type", "an integer"},
      {"drain = 1", "x.toml:1:9: \"drain\" has the wrong type", "a string"},
      {"drain = {}", "x.toml:1:9: \"drain\" has the wrong type", "a string"},
      {"setup_lo = \"true\"", "x.toml:1:12: \"setup_lo\" has the wrong type", "true or false"},
      {"[[pair]]\nto = true", "x.toml:2:6: \"to\" has the wrong type", "a list of strings"},
      {"[[pair]]\nto = [[]]", "x.toml:2:7: \"to\" has the wrong type", "a list of strings"},
      {"[[pair]]\nto = []", "x.toml:2:6: \"to\" is an empty list", "leave it out"},
      {"[[pair]]\nmode = 0o660", "x.toml:2:8: \"mode\" has the wrong type", "a string"},
      {"[[[1]]]", "x.toml:1:3: ", ""},
      {std::string(10'000, '['), "x.toml:1:3: ", ""},
      {"a = " + std::string(10'000, '['), "x.toml:1:", ""},
  });
}

TEST(ParseToml, TakesLettersBeyondAsciiInCommentsAndByNumber) {
  const auto config =
      good("# ä\n \t# ö\n[[pair]]\nfrom = \"unix:/\\u00e4\"\nto = \"unix:/b\"\n# ü");
  EXPECT_EQ(config.pairs[0].name, "unix:/ä");
  expect_complaints({
      {"a = ä", "x.toml:1:5: a letter beyond ASCII", "\"\\u00e4\""},
      {"# ä\n\na = \"ä\"", "x.toml:3:6: a letter beyond ASCII", "\"\\u00e4\""},
      {"a = 1 # ä", "x.toml:1:9: a letter beyond ASCII", "\"\\u00e4\""},
      {"\xff", "x.toml:1:1: a letter beyond ASCII", "\"\\u00e4\""},
  });
}

TEST(ParseToml, SaysWhereAValueIsWrong) {
  expect_complaints({
      {"workers = -1", "x.toml:1:11: workers: \"-1\" is no number from 0 to 1024", "digits"},
      {"workers = 1025", "x.toml:1:11: workers: \"1025\" is no number from 0 to 1024", "digits"},
      {"max_connections = 0", "x.toml:1:19: max_connections: \"0\" is no number from 1 to", ""},
      {"drain = \"1\"", "x.toml:1:9: drain: \"1\" is no time from 0ms to 8760h", "ms, s, m, h"},
      {"drain = \"s\"", "x.toml:1:9: drain: \"s\" is no time", "ms, s, m, h"},
      {"drain = \"1 s\"", "x.toml:1:9: drain: \"1 s\" is no time", "ms, s, m, h"},
      {"drain = \"1d\"", "x.toml:1:9: drain: \"1d\" is no time", "ms, s, m, h"},
      {"drain = \"8761h\"", "x.toml:1:9: drain: \"8761h\" is no time", "ms, s, m, h"},
      {"drain = \"4294967296s\"", "x.toml:1:9: drain: \"4294967296s\" is no time", ""},
      {"metrics = \"tcp:0.0.0.0:1\"", "x.toml:1:11: metrics: \"tcp:0.0.0.0:1\" is no address for",
       "tcp:127.0.0.1:PORT"},
      {"metrics = \"tcp:127.evil.org:1\"", "x.toml:1:11: metrics: ", "tcp:127.0.0.1:PORT"},
      {"metrics = \"vsock:any:1\"", "x.toml:1:11: metrics: ", "unix:PATH"},
      {"metrics = \"x\"", "x.toml:1:11: metrics: invalid address \"x\"", "one of: tcp:HOST:PORT"},
      {"control = \"\"", "x.toml:1:11: control: the path of the socket is empty", "leave it out"},
      {"control = \"unix:/x\"", "x.toml:1:11: control: \"unix:/x\" is no path", "bare path"},
      {"control = \"a\\u0000b\"", "x.toml:1:11: control: ", "write the path of a socket"},
      {"control = \"@a\"", "x.toml:1:11: control: \"@a\" is no path", "path"},
      {"log_level = \"all\"", "x.toml:1:13: log_level: \"all\" is no level", "one of: error"},
      {"target_allowlist = \"\"", "x.toml:1:20: target_allowlist: \"\" is empty", ""},
      {"[[pair]]\nname = \"a b\"", "x.toml:2:8: name: \"a b\" is no name", "without blanks"},
      {"[[pair]]\nname = \"\"", "x.toml:2:8: name: \"\" is no name", "without blanks"},
      {"[[pair]]\nfrom = \"tcp:a\"", "x.toml:2:8: from: invalid address \"tcp:a\"", ":PORT"},
      {"[[pair]]\nto = [\n \"unix:/a\",\n \"x\"]", "x.toml:4:2: to: invalid address \"x\"", ""},
      {"[[pair]]\nallow_cids = [\"me\"]", "x.toml:2:15: allow_cids: invalid CID \"me\"", ""},
      {"[[pair]]\nallow_networks = \"10/8\"", "x.toml:2:18: allow_networks: \"10/8\" is no network",
       "ADDRESS/LENGTH"},
      {"[[pair]]\nallow_networks = \"10.0.0.0/33\"", "x.toml:2:18: allow_networks: ", ""},
      {"[[pair]]\nallow_networks = \"::/129\"", "x.toml:2:18: allow_networks: ", ""},
      {"[[pair]]\nallow_networks = \"::/\"", "x.toml:2:18: allow_networks: ", ""},
      {"[[pair]]\nallow_uids = [\"root\"]", "x.toml:2:15: allow_uids: \"root\" is no number", ""},
      {"[[pair]]\nidle_timeout = \"0s\"", "x.toml:2:16: idle_timeout: \"0s\" is no time", ""},
      {"[[pair]]\nfamily = \"inet\"", "x.toml:2:10: family: \"inet\" is no family", "ipv4"},
      {"[[pair]]\nbacklog = 0", "x.toml:2:11: backlog: \"0\" is no number", ""},
      {"[[pair]]\nmode = \"0888\"", "x.toml:2:8: mode: \"0888\" is no mode", "octal"},
      {"[[pair]]\nmode = \"1777\"", "x.toml:2:8: mode: \"1777\" is no mode", "octal"},
      {"[[pair]]\nmode = \"\"", "x.toml:2:8: mode: \"\" is no mode", "octal"},
      {"[[pair]]\ngroup = \"\"", "x.toml:2:9: group: \"\" is empty", ""},
  });
}

TEST(ParseToml, SaysWhatDoesNotFitTogether) {
  const std::string pair = smallest;
  const std::string shapes = "give one from and at least one to, or two listen, or two connect";
  expect_complaints({
      {"[[pair]]", "x.toml:1:1: pair \"\": the addresses make no pair: 0 from, 0 to, 0 listen, 0",
       shapes},
      {"[[pair]]\nfrom = \"unix:/a\"", "x.toml:1:1: pair \"unix:/a\": the addresses make no pair",
       shapes},
      {"[[pair]]\nlisten = \"unix:/a\"", "x.toml:1:1: pair \"unix:/a\": ", shapes},
      {"[[pair]]\nconnect = [\"unix:/a\", \"unix:/b\", \"unix:/c\"]", "x.toml:1:1: pair ", shapes},
      {pair + "listen = \"unix:/a\"", "x.toml:1:1: pair ", shapes},
      {pair + "allow_cids = [3]",
       "x.toml:1:1: pair \"tcp:[::1]:80\": allow_cids has no effect without an address vsock: to "
       "listen on",
       "leave it out"},
      {pair + "allow_uids = [0]", "x.toml:1:1: pair \"tcp:[::1]:80\": allow_uids has no effect",
       ""},
      {pair + "mode = \"0600\"", "x.toml:1:1: pair \"tcp:[::1]:80\": mode has no effect", ""},
      {pair + "group = \"kvm\"", "x.toml:1:1: pair \"tcp:[::1]:80\": group has no effect", ""},
      {pair + "hold = \"1s\"", "x.toml:1:1: pair \"tcp:[::1]:80\": hold has no effect", ""},
      {pair + "family = \"ipv4\"", "x.toml:1:1: pair \"tcp:[::1]:80\": family has no effect", ""},
      {"[[pair]]\nlisten = [\"unix:/a\", \"unix:/b\"]\nattempts = 1",
       "x.toml:1:1: pair \"unix:/a\": attempts has no effect", ""},
      {"[[pair]]\nconnect = [\"unix:/a\", \"unix:/b\"]\nbacklog = 1",
       "x.toml:1:1: pair \"unix:/a\": backlog has no effect", ""},
      {pair + "backoff = \"11s\"",
       "x.toml:1:1: pair \"tcp:[::1]:80\": backoff of 11000 ms is longer than backoff_max of 10000",
       "give both"},
      {pair + pair, "x.toml:4:1: pair \"tcp:[::1]:80\": another pair is called", "of its own"},
      {pair + "name = \"a\"\n" + pair + "name = \"b\"",
       "x.toml:5:1: pair \"b\": \"tcp:[::1]:80\" is listened on twice", "listen on each"},
      {"[[pair]]\nlisten = [\"unix:/a\", \"unix:/a\"]",
       "x.toml:1:1: pair \"unix:/a\": \"unix:/a\" is listened on twice", ""},
  });
}

TEST(ParseToml, LetsTheKernelChooseSeveralPorts) {
  EXPECT_EQ(good("[[pair]]\nlisten = [\"tcp:127.0.0.1:0\", \"tcp:127.0.0.1:0\"]").pairs.size(), 1U);
}

TEST(ParseToml, TakesPoliciesForSocketsWhoseKindItCannotKnow) {
  EXPECT_EQ(good("[[pair]]\nfrom = \"fd:a\"\nto = \"unix:/b\"\nallow_cids = [3]\nallow_uids = [0]")
                .pairs.size(),
            1U);
}

TEST(Settings, AreEachDescribed) {
  for (const auto& setting : pair_settings()) {
    EXPECT_FALSE(setting.description.empty()) << setting.key;
    EXPECT_EQ(setting.value.empty(), !setting.flag_word.empty()) << setting.key;
    EXPECT_THAT(std::string(setting.option), StartsWith("--")) << setting.key;
  }
}

}  // namespace
}  // namespace vsockfwd::relay
