// SPDX-License-Identifier: Apache-2.0
//
// The command line as a whole: which words are understood, and how answers and errors look.
#include "vsockfwd/program.h"

#include <gmock/gmock.h>

#include <sstream>
#include <string>
#include <vector>

#include "vsockfwd/fake_host.h"

namespace vsockfwd {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Program : public ::testing::Test {
 protected:
  /// Runs a command line whose words are separated by blanks.
  [[nodiscard]] Outcome run(const std::string& line) const {
    std::istringstream stream(line);
    const std::vector<std::string> owned{std::istream_iterator<std::string>(stream), {}};
    const std::vector<std::string_view> words(owned.begin(), owned.end());
    return vsockfwd::run(words, host_.machine());
  }

  FakeHost host_;
};

const std::string add_usage =
    "hint: usage: vsockfwd rule add guest CID [from CID] [port PORTS] "
    "{to host|CID [port PORT] | deny}";

struct Mistake {
  std::string line;
  std::string complaint;
};

class ProgramMistakes : public Program, public ::testing::WithParamInterface<Mistake> {};

TEST_P(ProgramMistakes, AreExplainedBeforeAnythingIsTried) {
  host_.load_module();
  const auto outcome = run(GetParam().line);
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.complaint, "vsockfwd: " + GetParam().complaint + "\n");
  EXPECT_EQ(outcome.output, "");
  EXPECT_TRUE(host_.module.requests.empty());
}

INSTANTIATE_TEST_SUITE_P(
    All, ProgramMistakes,
    ::testing::Values(
        Mistake{
            "",
            "no object is given\n"
            "hint: one of: rule, hold, flow, stats, monitor, host, feature, batch, save, restore, "
            "completion; \"vsockfwd help\" explains them"},
        Mistake{"rul",
                "unknown object \"rul\"\n"
                "hint: one of: rule, hold, flow, stats, monitor, host, feature, batch, save, "
                "restore, completion"},
        Mistake{"rule sh",
                "unknown command of \"rule\" \"sh\"\n"
                "hint: one of: show, add, del, flush"},
        Mistake{"rule guest 16",
                "unknown command of \"rule\" \"guest\"\n"
                "hint: one of: show, add, del, flush"},
        Mistake{"completion", "\"completion\" needs a command\nhint: one of: bash"},
        Mistake{"--jso rule",
                "unknown option \"--jso\"\nhint: one of: --json, --pretty, --help, --version"},
        Mistake{"rule flush all",
                "unexpected word \"all\"\nhint: usage: vsockfwd rule flush [guest CID]"},
        Mistake{"rule del",
                "\"guest CID\" is missing\nhint: usage: vsockfwd rule del guest CID [port PORTS]"},
        Mistake{
            "rule del guest",
            "\"guest\" needs a value: CID\nhint: usage: vsockfwd rule del guest CID [port PORTS]"},
        Mistake{"rule del guest 16 guest 17",
                "\"guest\" is given twice\nhint: usage: vsockfwd rule del guest CID [port PORTS]"},
        Mistake{"rule add guest 16", "\"to host|CID\" or \"deny\" is missing\n" + add_usage},
        Mistake{"rule add guest 16 to host deny", "\"to\" excludes \"deny\"\n" + add_usage},
        Mistake{"rule add guest 16 deny port 1 to 17 port 2",
                "\"to\" excludes \"deny\"\n" + add_usage},
        Mistake{"rule add guest 16 port 1 port 2 deny", "\"port\" is given twice\n" + add_usage},
        Mistake{"rule add guest 16 to host port 1 port 2 port 3",
                "\"port\" is given twice\n" + add_usage},
        Mistake{"rule add guest 16 port 0 deny",
                "invalid port \"0\": no program can listen there\n"
                "hint: give a number from 1 to 4294967294, in decimal or with 0x in hexadecimal"},
        Mistake{"rule add guest 16 to host port 9000",
                "port \"9000\" of the target stands for no port of the guest\n"
                "hint: say for which: port 9000 to ... port 9000"},
        Mistake{"rule add guest 16 port 5-7 to host port 4294967293",
                "invalid port \"4294967293\": the ports 5-7 do not fit behind it\n"
                "hint: give a number from 1 to 4294967292"},
        Mistake{"rule add guest 16 to 16",
                "invalid target \"16\": this is the guest itself\n"
                "hint: give \"host\", or the CID of another guest"},
        Mistake{"rule add guest host to host",
                "invalid guest \"host\": CID 2 stands for the host, so no guest can have it\n"
                "hint: give a number from 3 to 4294967294"},
        Mistake{"rule add guest 3 to host",
                "invalid from \"3\": this is the guest's own CID\n"
                "hint: give the CID at which the guest looks for the target, other than 3"},
        Mistake{"rule show guest -5",
                "invalid CID \"-5\": this is not a number\n"
                "hint: give a number from 0 to 4294967295, in decimal or with 0x in hexadecimal, "
                "or one of: hypervisor, local, host, parent, any"}));

TEST_F(Program, MistakesAreJsonInJsonMode) {
  const auto outcome = run("rul -j");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(
      outcome.output,
      "{\"error\":\"unknown object \\\"rul\\\"\","
      "\"hint\":\"one of: rule, hold, flow, stats, monitor, host, feature, batch, save, restore, "
      "completion\"}\n");
  EXPECT_EQ(outcome.complaint, "");
}

TEST_F(Program, BytesThatAreNoTextDoNotBreakJson) {
  const auto outcome = run("--json \xff\xfe");
  EXPECT_TRUE(Json::accept(outcome.output)) << outcome.output;
}

TEST_F(Program, FailuresNameTheErrno) {
  const auto people = run("rule show");
  EXPECT_EQ(people.status, 1);
  EXPECT_THAT(people.complaint, StartsWith("vsockfwd: cannot open "));
  EXPECT_THAT(people.complaint, HasSubstr("hint: load the module: modprobe vhost_vsock_fwd\n"));

  const auto json = run("-j rule show");
  EXPECT_EQ(json.status, 1);
  EXPECT_EQ(json.complaint, "");
  EXPECT_EQ(Json::parse(json.output)["errno"], "ENOENT");
}

TEST_F(Program, OptionsMayStandAnywhere) {
  host_.load_module();
  for (const auto* const line : {"-j rule show guest 16", "rule --json show guest 16",
                                 "rule show guest -j 16", "rule show guest 16 --json"}) {
    EXPECT_EQ(run(line).output, "[]\n") << line;
  }
}

TEST_F(Program, PrettyMeansJsonToo) {
  EXPECT_EQ(run("-p --version").output,
            "{\n  \"version\": \"" VSOCKFWD_VERSION "\",\n  \"api_version\": 1\n}\n");
  EXPECT_EQ(run("-j -p --version").output, run("-p --version").output);
}

TEST_F(Program, TellsItsVersion) {
  EXPECT_EQ(run("--version").output, "vsockfwd " VSOCKFWD_VERSION " (API version 1)\n");
  EXPECT_EQ(run("-V rule").output, run("--version").output);
}

TEST_F(Program, HelpMayBeAskedForInEveryWay) {
  for (const auto* const line : {"--help", "-h", "help"}) {
    EXPECT_THAT(run(line).output, StartsWith("usage: vsockfwd [OPTIONS] OBJECT ")) << line;
  }
  for (const auto* const line : {"rule --help", "--help rule", "help rule", "rule help"}) {
    EXPECT_THAT(run(line).output, StartsWith("usage: vsockfwd [OPTIONS] rule [COMMAND ")) << line;
  }
  for (const auto* const line : {"rule del -h", "help rule del", "rule help del", "rule del help",
                                 "rule del help guest", "rule del guest --help"}) {
    EXPECT_THAT(run(line).output,
                StartsWith("usage: vsockfwd [OPTIONS] rule del guest CID [port PORTS]\n"))
        << line;
    EXPECT_EQ(run(line).status, 0);
  }
  for (const auto* const line : {"help batch", "batch help", "batch --help", "batch - -h"}) {
    EXPECT_THAT(run(line).output, StartsWith("usage: vsockfwd [OPTIONS] batch FILE|-\nbatch: "))
        << line;
  }
  EXPECT_EQ(run("help rul").status, 2);
}

TEST_F(Program, EveryAnswerIsJsonInJsonMode) {
  host_.load_module();
  for (const auto* const line :
       {"help", "rule help", "rule add help", "--version", "feature", "rule", "rule flush",
        "completion bash", "rule add guest 16 to host", "save", "batch /nowhere", "flow", "stats",
        "monitor", "rule del guest 16", "rule del guest 16"}) {
    const auto outcome = run(std::string("-j ") + line);
    EXPECT_TRUE(Json::accept(outcome.output)) << line << ": " << outcome.output;
    EXPECT_EQ(outcome.complaint, "") << line;
  }
}

}  // namespace
}  // namespace vsockfwd
