// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/diagnosis.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <functional>
#include <string>

#include "vsockfwd/fake_host.h"

namespace vsockfwd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

HostFacts complete_facts() {
  FakeHost host;
  host.complete();
  return collect_host_facts(host.machine());
}

std::vector<std::string> messages(const HostFacts& facts) {
  std::vector<std::string> list;
  for (const auto& problem : diagnose(facts)) {
    EXPECT_FALSE(problem.hint.empty()) << problem.message;
    list.push_back(problem.message);
  }
  return list;
}

TEST(Diagnosis, HasNothingToSayAboutACompleteHost) {
  EXPECT_THAT(messages(complete_facts()), IsEmpty());
}

TEST(Diagnosis, DoesNotTakeUnknownForMissing) {
  auto facts = complete_facts();
  facts.fwd_module.installed = facts.vhost_module.installed = facts.ftrace_enabled =
      facts.ftrace_arguments = facts.kprobes = facts.signatures_enforced = facts.secure_boot =
          facts.modules_disabled = facts.net_admin = std::nullopt;
  facts.kernel_release.reset();
  facts.lockdown.reset();
  EXPECT_THAT(messages(facts), IsEmpty());
}

TEST(Diagnosis, DoesNotMindThatTheModuleLoadsVhostVsockLater) {
  auto facts = complete_facts();
  facts.vhost_module.loaded = false;
  facts.vhost_node.present = false;
  EXPECT_THAT(messages(facts), IsEmpty());
}

TEST(Diagnosis, DoesNotMindPoliciesOnceTheModuleIsLoaded) {
  auto facts = complete_facts();
  facts.lockdown = "integrity";
  facts.secure_boot = facts.signatures_enforced = facts.modules_disabled = true;
  EXPECT_THAT(messages(facts), IsEmpty());
}

struct Fault {
  std::string message;
  std::function<void(HostFacts&)> make;
};

class DiagnosisFaults : public ::testing::TestWithParam<Fault> {};

TEST_P(DiagnosisFaults, AreEachNamedAlone) {
  auto facts = complete_facts();
  GetParam().make(facts);
  EXPECT_THAT(messages(facts), ElementsAre(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, DiagnosisFaults,
    ::testing::Values(
        Fault{"the module vhost_vsock_fwd is not loaded",
              [](auto& facts) { facts.fwd_module.loaded = false; }},
        Fault{"the module vhost_vsock_fwd is not installed for kernel \"6.12.0-test\"",
              [](auto& facts) {
                facts.fwd_module.loaded = false;
                facts.fwd_module.installed = false;
              }},
        Fault{"the device \"/dev/vhost-vsock-fwd\" is missing",
              [](auto& facts) { facts.fwd_node.present = false; }},
        Fault{"cannot open it: permission denied (EACCES)",
              [](auto& facts) {
                facts.fwd_info =
                    Failure(explain_fwd_error(FwdRequest::open, EACCES, "cannot open it"));
              }},
        Fault{"the module speaks API version 2, this program version 1",
              [](auto& facts) {
                facts.fwd_info->api_version = 2;
                facts.fwd_info->features = 0;
              }},
        Fault{"the module lacks a feature that this program needs",
              [](auto& facts) { facts.fwd_info->features = VHOST_VSOCK_FWD_F_TO_HOST; }},
        Fault{"there is no room for another rule: 65536 exist already",
              [](auto& facts) { facts.fwd_info->rules = VHOST_VSOCK_FWD_RULES_MAX; }},
        Fault{"this kernel has no module vhost_vsock",
              [](auto& facts) {
                facts.vhost_module.loaded = false;
                facts.vhost_module.installed = false;
              }},
        Fault{"the device \"/dev/vhost-vsock\" is missing, so no guest can be started",
              [](auto& facts) { facts.vhost_node.present = false; }},
        Fault{"function tracing is switched off",
              [](auto& facts) { facts.ftrace_enabled = false; }},
        Fault{"this user may not change rules: CAP_NET_ADMIN is needed",
              [](auto& facts) { facts.net_admin = false; }}));

struct Obstacle {
  std::string message;
  std::function<void(HostFacts&)> make;
};

class DiagnosisObstacles : public ::testing::TestWithParam<Obstacle> {};

TEST_P(DiagnosisObstacles, ToLoadingTheModuleAreNamedToo) {
  auto facts = complete_facts();
  facts.fwd_module.loaded = false;
  GetParam().make(facts);
  EXPECT_THAT(messages(facts), ::testing::UnorderedElementsAre(
                                   "the module vhost_vsock_fwd is not loaded", GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, DiagnosisObstacles,
    ::testing::Values(
        Obstacle{"this kernel is built without function tracing with arguments, or without kprobes",
                 [](auto& facts) { facts.kprobes = false; }},
        Obstacle{"this kernel is built without function tracing with arguments, or without kprobes",
                 [](auto& facts) { facts.ftrace_arguments = false; }},
        Obstacle{"this kernel loads no modules until the next boot (kernel.modules_disabled = 1)",
                 [](auto& facts) { facts.modules_disabled = true; }},
        Obstacle{"this kernel loads only modules that it trusts: module.sig_enforce is set",
                 [](auto& facts) { facts.signatures_enforced = true; }},
        Obstacle{"this kernel loads only modules that it trusts: it is locked down for "
                 "confidentiality",
                 [](auto& facts) { facts.lockdown = "confidentiality"; }},
        Obstacle{"this kernel loads only modules that it trusts: it is locked down for integrity, "
                 "as Secure Boot is on",
                 [](auto& facts) {
                   facts.lockdown = "integrity";
                   facts.secure_boot = true;
                 }}));

}  // namespace
}  // namespace vsockfwd
