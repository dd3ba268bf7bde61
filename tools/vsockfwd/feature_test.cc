// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/feature.h"

#include <gmock/gmock.h>

#include <array>
#include <string_view>

#include "vsockfwd/command_line.h"
#include "vsockfwd/fake_host.h"

namespace vsockfwd {
namespace {

using ::testing::HasSubstr;

using ::testing::StartsWith;

class Feature : public ::testing::Test {
 protected:
  [[nodiscard]] Reply show() const {
    static constexpr std::array<std::string_view, 1> words = {"feature"};
    return parse(words).value()(host_.machine()).value();
  }

  FakeHost host_;
};

TEST_F(Feature, ReportsAReadyHost) {
  host_.complete();
  host_.module.add(16);
  const auto reply = show();
  EXPECT_EQ(reply.status, 0);
  EXPECT_EQ(reply.json, Json::parse(R"({
    "ready": true,
    "problems": [],
    "program": {"version": ")" VSOCKFWD_VERSION R"(", "api_version": 1},
    "module": {"loaded": true, "installed": true, "version": "0.1.0", "api_version": 1,
               "features": ["to_host", "persist", "ports", "to_guest", "proof", "host_alias"], "hooks_attached": true, "rules": 1,
               "rules_max": 65536},
    "device": {"path": "/dev/vhost-vsock-fwd", "present": true, "accessible": true,
               "mode": "0660"},
    "vhost_vsock": {"loaded": true, "installed": true, "device_present": true},
    "kernel": {"release": "6.12.0-test", "ftrace_enabled": true, "ftrace_arguments": true,
               "kprobes": true},
    "security": {"lockdown": "none", "signatures_enforced": false, "secure_boot": false,
                 "modules_disabled": false, "net_admin": true}
  })"));
  EXPECT_EQ(reply.text, R"(ready: yes
program:
  version              )" VSOCKFWD_VERSION R"(
  api_version          1
module:
  loaded               yes
  installed            yes
  version              0.1.0
  api_version          1
  features             to_host, persist, ports, to_guest, proof, host_alias
  hooks_attached       yes
  rules                1
  rules_max            65536
device:
  path                 /dev/vhost-vsock-fwd
  present              yes
  accessible           yes
  mode                 0660
vhost_vsock:
  loaded               yes
  installed            yes
  device_present       yes
kernel:
  release              6.12.0-test
  ftrace_enabled       yes
  ftrace_arguments     yes
  kprobes              yes
security:
  lockdown             none
  signatures_enforced  no
  secure_boot          no
  modules_disabled     no
  net_admin            yes
)");
}

TEST_F(Feature, ReportsWhatIsMissingAndWhatToDo) {
  host_.complete();
  host_.remove("/dev/vhost-vsock-fwd");
  host_.remove("/sys/module/vhost_vsock_fwd");
  const auto reply = show();
  EXPECT_EQ(reply.status, 1);
  EXPECT_EQ(reply.json["ready"], false);
  EXPECT_EQ(reply.json["problems"].dump(),
            R"([{"problem":"the module vhost_vsock_fwd is not loaded",)"
            R"("hint":"load the module: modprobe vhost_vsock_fwd"}])");
  EXPECT_EQ(reply.json["module"]["rules"], nullptr);
  EXPECT_EQ(reply.json["device"]["accessible"], false);
  EXPECT_THAT(reply.text, StartsWith("ready: no\n"
                                     "problem: the module vhost_vsock_fwd is not loaded\n"
                                     "  hint: load the module: modprobe vhost_vsock_fwd\n"
                                     "program:\n"));
  EXPECT_THAT(reply.text, HasSubstr("  rules                unknown\n"));
}

TEST_F(Feature, ShowsFeaturesThatItCannotName) {
  host_.complete();
  host_.module.info.features |= 1ULL << 40;
  EXPECT_EQ(show().json["module"]["features"].dump(),
            R"(["to_host","persist","ports","to_guest","proof","host_alias","0x10000000000"])");
}

TEST_F(Feature, ShowsThatThereAreNoFeatures) {
  host_.complete();
  host_.module.info.features = 0;
  EXPECT_THAT(show().text, HasSubstr("  features             none\n"));
}

TEST_F(Feature, DoesNotInterpretAModuleOfAnotherApi) {
  host_.complete();
  host_.module.info.api_version = 2;
  const auto reply = show();
  EXPECT_EQ(reply.status, 1);
  EXPECT_EQ(reply.json["module"]["api_version"], 2);
  EXPECT_EQ(reply.json["module"]["features"], nullptr);
}

}  // namespace
}  // namespace vsockfwd
