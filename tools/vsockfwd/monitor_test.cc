// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/monitor.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "vsockfwd/fake_host.h"
#include "vsockfwd/program.h"

namespace vsockfwd {
namespace {

using ::testing::ElementsAre;

RuleReport rule(Cid guest) {
  return {.rule = {.id = guest,
                   .flags = 0,
                   .guest_cid = guest,
                   .from_cid = 3,
                   .to_cid = 2,
                   .port_first = 0,
                   .port_last = 0,
                   .to_port = 0,
                   .__reserved = 0},
          .stats = {}};
}

FlowReport flow(Cid guest, std::optional<Side> started_by = Side::guest) {
  return {.guest = {guest, 1234},
          .seen = {3, 9000},
          .peer = VsockEnd{2, 19000},
          .type = 1,
          .started_by = started_by};
}

/// Refused before the peer was found.
FlowReport refused(Cid guest) {
  auto flow_to_nobody = flow(guest);
  flow_to_nobody.peer = {};
  return flow_to_nobody;
}

class MonitorCommand : public ::testing::Test {
 protected:
  MonitorCommand() {
    host_.load_module();
    // Rather than wait for ever for a record that does not come.
    ::alarm(60);
  }
  ~MonitorCommand() override { ::alarm(0); }

  [[nodiscard]] Outcome start(std::vector<std::string_view> words = {}) const {
    words.insert(words.begin(), "monitor");
    return run(words, host_.machine());
  }

  FakeHost host_;
};

/// What is printed first, and then up to `count` times in all.
std::vector<std::string> outputs(Outcome outcome, std::size_t count) {
  std::vector<std::string> lines = {outcome.output};
  while (lines.size() < count && outcome.more) {
    outcome = outcome.more();
    lines.push_back(outcome.output + outcome.complaint);
  }
  return lines;
}

TEST_F(MonitorCommand, TellsWhatThereIsThenWhatHappens) {
  host_.family.rules = {rule(16)};
  host_.family.flows = {flow(16, {})};
  const auto monitor = start();
  host_.family.tell(RuleAdded{rule(17)});
  host_.family.tell(FlowStarted{flow(16)});
  host_.family.tell(FlowStarted{flow(16, Side::parent)});
  host_.family.tell(FlowDenied{refused(16), VHOST_VSOCK_FWD_DROP_NO_ROOM});
  host_.family.tell(RuleRemoved{rule(16)});
  EXPECT_THAT(outputs(monitor, 8),
              ElementsAre("rule: guest 16 from 3 to host\n",
                          "connection: 16:1234 -- 3:9000 (host:19000) stream\n", "listening\n",
                          "rule added: guest 17 from 3 to host\n",
                          "connection started: 16:1234 -> 3:9000 (host:19000) stream\n",
                          "connection started: 16:1234 <- 3:9000 (host:19000) stream\n",
                          "connection refused (no_room): 16:1234 -> 3:9000 stream\n",
                          "rule removed: guest 16 from 3 to host\n"));
}

TEST_F(MonitorCommand, PrintsOneObjectALine) {
  host_.family.rules = {rule(16)};
  const auto monitor = start({"-j"});
  host_.family.tell(FlowDenied{refused(16), VHOST_VSOCK_FWD_DROP_DENIED});
  EXPECT_THAT(
      outputs(monitor, 3),
      ElementsAre(
          R"({"event":"rule_exists","id":16,"guest_cid":16,"from_cid":3,"port_first":null,)"
          R"("port_last":null,"action":"forward","to_cid":2,"to_port":null,"persistent":false,)"
          R"("packets_from_guest":0,"bytes_from_guest":0,"packets_to_guest":0,"bytes_to_guest":0,)"
          R"("connections":0,"drops":{"denied":0,"collision":0,"no_room":0,"stray":0,)"
          R"("malformed":0,"not_sent":0}})"
          "\n",
          "{\"event\":\"listening\"}\n",
          R"({"event":"flow_denied","guest_cid":16,"guest_port":1234,"seen_cid":3,)"
          R"("seen_port":9000,"peer_cid":null,"peer_port":null,"type":"stream",)"
          R"("started_by":"guest","reason":"denied"})"
          "\n"));
}

TEST_F(MonitorCommand, TellsOfOneGuestOnly) {
  host_.family.rules = {rule(16), rule(17)};
  host_.family.flows = {flow(16), flow(17)};
  const auto monitor = start({"guest", "17"});
  host_.family.tell(FlowStarted{flow(16)});
  host_.family.tell(RuleRemoved{rule(16)});
  host_.family.tell(RuleRemoved{rule(17)});
  EXPECT_THAT(outputs(monitor, 4),
              ElementsAre("rule: guest 17 from 3 to host\n",
                          "connection: 17:1234 -> 3:9000 (host:19000) stream\n", "listening\n",
                          "rule removed: guest 17 from 3 to host\n"));
}

TEST_F(MonitorCommand, LooksAroundAgainAfterALoss) {
  host_.family.rules = {rule(16)};
  const auto monitor = start();
  ASSERT_THAT(outputs(monitor, 2), ElementsAre("rule: guest 16 from 3 to host\n", "listening\n"));
  EXPECT_EQ(host_.family.joined, 1);

  host_.family.lose();
  host_.family.tell(FlowStarted{flow(16)});
  host_.family.rules = {rule(18)};
  auto outcome = monitor.more();
  EXPECT_EQ(outcome.output, "connection started: 16:1234 -> 3:9000 (host:19000) stream\n");
  outcome = outcome.more();
  EXPECT_EQ(host_.family.joined, 2);
  host_.family.tell(FlowStarted{flow(18)});
  EXPECT_THAT(outputs(outcome, 4),
              ElementsAre("lost events\n", "rule: guest 18 from 3 to host\n", "listening\n",
                          "connection started: 18:1234 -> 3:9000 (host:19000) stream\n"));
}

TEST_F(MonitorCommand, EndsWithTheModule) {
  const auto monitor = start();
  host_.family.unload();
  const auto outcome = monitor.more();
  EXPECT_EQ(outcome.status, exit_failure);
  EXPECT_EQ(outcome.complaint,
            "vsockfwd: cannot listen to the module: it has been unloaded\n"
            "hint: load the module and run the command again: modprobe vhost_vsock_fwd\n");
  EXPECT_FALSE(outcome.more);
}

TEST_F(MonitorCommand, SaysWhyItCannotListen) {
  host_.family.join_error = NLE_PERM;
  EXPECT_EQ(Json::parse(start({"-j"}).output)["errno"], "EPERM");
  host_.family.join_error = 0;
  host_.family.failures = {{VHOST_VSOCK_FWD_CMD_FLOW_GET, ENOMEM}};
  EXPECT_EQ(start().status, exit_failure);
  host_.remove("/dev/vhost-vsock-fwd");
  EXPECT_EQ(start().complaint, "vsockfwd: cannot open \"" +
                                   host_.machine().path("/dev/vhost-vsock-fwd").string() +
                                   "\": there is no such device (ENOENT)\n"
                                   "hint: load the module: modprobe vhost_vsock_fwd\n");
}

}  // namespace
}  // namespace vsockfwd
