// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/hold.h"

#include <fcntl.h>
#include <gmock/gmock.h>

#include <cerrno>
#include <string>
#include <vector>

#include "vsockfwd/fake_host.h"
#include "vsockfwd/program.h"
#include "vsockfwd/rule_form.h"

namespace vsockfwd {
namespace {

using ::testing::HasSubstr;

class HoldCommand : public ::testing::Test {
 protected:
  HoldCommand() { host_.load_module(); }

  [[nodiscard]] Outcome run(std::vector<std::string_view> words) const {
    words.insert(words.begin(), "hold");
    return vsockfwd::run(words, host_.machine());
  }

  FakeHost host_;
};

/// A descriptor for the program to inherit, and own.
int inherited() {
  return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) != -1;
}

TEST_F(HoldCommand, AddsARuleThatGoesWithTheProgram) {
  const auto outcome = run({"guest", "16", "port", "9000", "to", "host"});
  EXPECT_EQ(outcome.output, "holding: guest 16 from 3 port 9000 to host\n");
  EXPECT_EQ(outcome.status, exit_success);
  EXPECT_TRUE(outcome.more);
  ASSERT_EQ(host_.module.rules.size(), 1U);
  EXPECT_EQ(host_.module.rules[0].flags, 0U);
}

TEST_F(HoldCommand, PrintsTheRuleAsJson) {
  const Rule rule = {.guest_cid = 16};
  EXPECT_EQ(run({"guest", "16", "to", "host", "-j"}).output, json_of(rule).dump() + "\n");
}

TEST_F(HoldCommand, PassesTheProofOnAndLetsGoOfIt) {
  const int guest = inherited();
  const int parent = inherited();
  const auto guest_word = std::to_string(guest);
  const auto parent_word = std::to_string(parent);
  const auto outcome =
      run({"guest", "16", "to", "20", "guest-fd", guest_word, "parent-fd", parent_word});
  EXPECT_TRUE(outcome.more) << outcome.complaint;
  EXPECT_EQ(host_.module.rules.at(0).flags,
            unsigned{VHOST_VSOCK_FWD_RULE_GUEST_FD | VHOST_VSOCK_FWD_RULE_PARENT_FD});
  EXPECT_EQ(host_.module.proofs.at(0),
            std::pair(static_cast<__u32>(guest), static_cast<__u32>(parent)));
  EXPECT_FALSE(is_open(guest));
  EXPECT_FALSE(is_open(parent));
}

TEST_F(HoldCommand, SaysWhatIsWrongWithTheProof) {
  EXPECT_THAT(run({"guest", "16", "to", "host", "guest-fd", "x"}).complaint,
              HasSubstr("invalid descriptor \"x\": this is not a number"));
  EXPECT_THAT(run({"guest", "16", "to", "host", "guest-fd", "2147483648"}).complaint,
              HasSubstr("invalid descriptor \"2147483648\": no descriptor has it"));
  EXPECT_TRUE(host_.module.requests.empty());

  host_.module.info.features &= ~__u64{VHOST_VSOCK_FWD_F_PROOF};
  const auto word = std::to_string(inherited());
  EXPECT_THAT(run({"guest", "16", "to", "host", "guest-fd", word}).complaint,
              HasSubstr("the module does not offer rules of those who run a guest"));
  EXPECT_EQ(run({"guest", "16", "to", "host"}).status, exit_success);
}

TEST_F(HoldCommand, SaysWhatTheModuleRefuses) {
  host_.module.failures = {{VHOST_VSOCK_FWD_RULE_ADD, EACCES}};
  const auto outcome = run({"guest", "16", "to", "host"});
  EXPECT_EQ(outcome.status, exit_failure);
  EXPECT_THAT(outcome.complaint, HasSubstr("the descriptor is not that of the guest (EACCES)"));
  EXPECT_FALSE(outcome.more);
}

}  // namespace
}  // namespace vsockfwd
