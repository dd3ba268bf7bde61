// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/host_facts.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cerrno>

#include "vsockfwd/fake_host.h"

namespace vsockfwd {
namespace {

class HostFactsTest : public ::testing::Test {
 protected:
  [[nodiscard]] HostFacts collect() const { return collect_host_facts(host_.machine()); }

  FakeHost host_;
};

TEST_F(HostFactsTest, AreUnknownOnAnEmptyHost) {
  const auto facts = collect();
  EXPECT_FALSE(facts.fwd_module.loaded);
  EXPECT_FALSE(facts.fwd_node.present);
  EXPECT_EQ(facts.fwd_info.error().code, ENOENT);
  EXPECT_FALSE(facts.vhost_module.loaded);
  EXPECT_FALSE(facts.vhost_node.present);
  for (const auto& fact :
       {facts.fwd_module.installed, facts.vhost_module.installed, facts.ftrace_enabled,
        facts.ftrace_arguments, facts.kprobes, facts.signatures_enforced, facts.secure_boot,
        facts.modules_disabled, facts.net_admin}) {
    EXPECT_EQ(fact, std::nullopt);
  }
  for (const auto& fact : {facts.fwd_module.version, facts.kernel_release, facts.lockdown}) {
    EXPECT_EQ(fact, std::nullopt);
  }
}

TEST_F(HostFactsTest, AreReadFromACompleteHost) {
  host_.complete();
  host_.module.add(16);
  const auto facts = collect();
  EXPECT_TRUE(facts.fwd_module.loaded);
  EXPECT_EQ(facts.fwd_module.installed, true);
  EXPECT_EQ(facts.fwd_module.version, "0.1.0");
  EXPECT_TRUE(facts.fwd_node.present);
  EXPECT_EQ(facts.fwd_node.mode, 0660U);
  ASSERT_TRUE(facts.fwd_info);
  EXPECT_EQ(facts.fwd_info->rules, 1U);
  EXPECT_TRUE(facts.vhost_module.loaded);
  EXPECT_EQ(facts.vhost_module.installed, true);
  EXPECT_EQ(facts.vhost_module.version, std::nullopt);
  EXPECT_TRUE(facts.vhost_node.present);
  EXPECT_EQ(facts.kernel_release, "6.12.0-test");
  EXPECT_EQ(facts.ftrace_enabled, true);
  EXPECT_EQ(facts.ftrace_arguments, true);
  EXPECT_EQ(facts.kprobes, true);
  EXPECT_EQ(facts.lockdown, "none");
  EXPECT_EQ(facts.signatures_enforced, false);
  EXPECT_EQ(facts.secure_boot, false);
  EXPECT_EQ(facts.modules_disabled, false);
  EXPECT_EQ(facts.net_admin, true);
}

TEST_F(HostFactsTest, AModuleWhoseNameOnlyBeginsAlikeIsAnother) {
  host_.complete();
  host_.write("/lib/modules/6.12.0-test/modules.dep",
              "updates/dkms/vhost_vsock_fwd.ko: kernel/drivers/vhost/vhost.ko\n");
  EXPECT_EQ(collect().fwd_module.installed, true);
  EXPECT_EQ(collect().vhost_module.installed, false);
}

TEST_F(HostFactsTest, ModulesNamedOnlyAsADependencyAreNotInstalled) {
  host_.complete();
  host_.write("/lib/modules/6.12.0-test/modules.dep",
              "extra/other.ko: extra/vhost_vsock_fwd.ko extra/vhost_vsock.ko\n");
  EXPECT_EQ(collect().fwd_module.installed, false);
  EXPECT_EQ(collect().vhost_module.installed, false);
}

TEST_F(HostFactsTest, TheRunningKernelMayCarryItsOwnConfiguration) {
  host_.complete();
  host_.remove("/boot");
  EXPECT_EQ(collect().kprobes, std::nullopt);

  std::filesystem::create_directories(host_.machine().path("/proc"));
  const gzFile file = gzopen(host_.machine().path("/proc/config.gz").c_str(), "wb");
  gzputs(file, "# Linux\nCONFIG_DYNAMIC_FTRACE_WITH_ARGS=y\n# CONFIG_KPROBES is not set\n");
  gzclose(file);
  EXPECT_EQ(collect().ftrace_arguments, true);
  EXPECT_EQ(collect().kprobes, false);
}

TEST_F(HostFactsTest, SwitchesAreReadInBothNotations) {
  host_.complete();
  host_.write("/sys/module/module/parameters/sig_enforce", "Y\n");
  host_.write("/proc/sys/kernel/ftrace_enabled", "0\n");
  EXPECT_EQ(collect().signatures_enforced, true);
  EXPECT_EQ(collect().ftrace_enabled, false);
}

TEST_F(HostFactsTest, LockdownIsTheWordInBrackets) {
  host_.complete();
  host_.write("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
  EXPECT_EQ(collect().lockdown, "integrity");
  for (const auto* const nonsense : {"", "none", "[none", "none]", "]none["}) {
    host_.write("/sys/kernel/security/lockdown", nonsense);
    EXPECT_EQ(collect().lockdown, std::nullopt) << nonsense;
  }
}

TEST_F(HostFactsTest, SecureBootIsTheByteBehindTheAttributes) {
  static constexpr auto variable =
      "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
  host_.write(variable, std::string_view("\6\0\0\0\1", 5));
  EXPECT_EQ(collect().secure_boot, true);
  host_.write(variable, "\1");
  EXPECT_EQ(collect().secure_boot, std::nullopt);
}

TEST_F(HostFactsTest, OneBitOfTheCapabilitiesCounts) {
  host_.write("/proc/self/status", "CapPrm:\t0000000000001000\nCapEff:\t0000000000001000\n");
  EXPECT_EQ(collect().net_admin, true);
  host_.write("/proc/self/status", "CapPrm:\t0000000000001000\nCapEff:\tffffffffffffefff\n");
  EXPECT_EQ(collect().net_admin, false);
  host_.write("/proc/self/status", "CapPrm:\t0000000000001000\nCapEff:\t?\n");
  EXPECT_EQ(collect().net_admin, std::nullopt);
}

}  // namespace
}  // namespace vsockfwd
