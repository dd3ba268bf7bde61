// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/restore.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <csignal>
#include <random>
#include <set>

#include "vsockfwd/command_line.h"
#include "vsockfwd/fake_host.h"
#include "vsockfwd/rule_form.h"
#include "vsockfwd/rule_set.h"

namespace vsockfwd {
namespace {

using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

using Rules = std::vector<Rule>;

std::string text_of(const Rules& rules) {
  std::string text = "# rules\n";
  for (const auto& rule : rules) text += format_rule(rule) + "\n";
  return text;
}

class Restore : public ::testing::Test {
 protected:
  Restore() { host_.load_module(); }

  [[nodiscard]] Result<Reply> run(std::string_view text) {
    host_.type(text);
    static constexpr std::array<std::string_view, 2> words = {"restore", "-"};
    return parse(words).value()(host_.machine());
  }

  void put(const Rules& rules) {
    host_.module.rules.clear();
    for (const auto& rule : rules) host_.module.add(rule);
  }

  /// The rules of the module in words, whatever their order.
  [[nodiscard]] std::multiset<std::string> present() const {
    std::multiset<std::string> words;
    for (const auto& rule : host_.module.rules) words.insert(json_of(rule_of(rule)).dump());
    return words;
  }

  FakeHost host_;
};

const Rule all_of_16 = {.guest_cid = 16, .persistent = true};
const Rule port_of_16 = {.guest_cid = 16, .persistent = true, .ports = {9000, 9000}, .to_port = 80};
const Rule all_of_17 = {.guest_cid = 17, .persistent = true};
const Rule of_a_program = {.guest_cid = 18};

TEST_F(Restore, ReplacesThePersistentRules) {
  put({all_of_17, all_of_16, of_a_program});
  const auto reply = run(text_of({all_of_16, port_of_16}));
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->text, "added 1, deleted 1, kept 1\n");
  EXPECT_EQ(reply->json.dump(), R"({"added":1,"deleted":1,"kept":1})");
  const auto restored = present();
  put({all_of_16, port_of_16, of_a_program});
  EXPECT_EQ(restored, present());
}

TEST_F(Restore, TouchesNothingThatIsThereAlready) {
  put({all_of_16, port_of_16});
  const auto reply = run(text_of({port_of_16, all_of_16}));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->text, "added 0, deleted 0, kept 2\n");
  EXPECT_THAT(host_.module.requests, Not(Contains(VHOST_VSOCK_FWD_RULE_ADD)));
  EXPECT_THAT(host_.module.requests, Not(Contains(VHOST_VSOCK_FWD_RULE_DEL)));
}

TEST_F(Restore, OfACommentDeletesAll) {
  put({all_of_16, port_of_16, of_a_program});
  EXPECT_EQ(run("# nothing\n")->text, "added 0, deleted 2, kept 0\n");
  EXPECT_EQ(host_.module.rules.size(), 1U);
}

TEST_F(Restore, ReadsWhatSaveWrites) {
  put({all_of_16, port_of_16, all_of_17});
  static constexpr std::array<std::string_view, 1> save = {"save"};
  const auto saved = parse(save).value()(host_.machine()).value().text;
  const auto before = present();
  put({});
  ASSERT_TRUE(run(saved));
  EXPECT_EQ(present(), before);
}

TEST_F(Restore, BringsTheAliasOfTheHost) {
  ASSERT_TRUE(run("host alias 3\nrule add guest 16 to host\n"));
  EXPECT_EQ(host_.module.info.host_alias, 3U);
  ASSERT_TRUE(run("rule add guest 16 to host\n"));
  EXPECT_EQ(host_.module.info.host_alias, 0U);
}

TEST_F(Restore, PutsTheRulesBackIfTheAliasIsRefused) {
  put({all_of_17});
  host_.module.failures = {{VHOST_VSOCK_FWD_HOST_ALIAS, EADDRINUSE}};
  const auto before = present();
  EXPECT_THAT(run("host alias 3\nrule add guest 16 to host\n").error().message,
              EndsWith("; the former rules are there again"));
  EXPECT_EQ(present(), before);
}

struct Refusal {
  std::string text;
  std::string message;
};

class RestoreRefusals : public Restore, public ::testing::WithParamInterface<Refusal> {};

TEST_P(RestoreRefusals, ComeBeforeAnythingIsChanged) {
  put({all_of_17, of_a_program});
  host_.module.info.features &= ~__u64{VHOST_VSOCK_FWD_F_TO_GUEST};
  host_.module.info.rules_max = 4;
  const auto reply = run(GetParam().text);
  ASSERT_FALSE(reply);
  EXPECT_THAT(reply.error().message, HasSubstr(GetParam().message));
  EXPECT_THAT(host_.module.requests, Not(Contains(VHOST_VSOCK_FWD_RULE_ADD)));
  EXPECT_THAT(host_.module.requests, Not(Contains(VHOST_VSOCK_FWD_RULE_DEL)));
}

INSTANTIATE_TEST_SUITE_P(
    All, RestoreRefusals,
    ::testing::Values(
        Refusal{"", "\"standard input\" is empty"},
        Refusal{"rule add guest 16 to host\nrul\n", "standard input:2: unknown object \"rul\""},
        Refusal{"rule add guest 16 to host\nrule flush\n",
                "standard input:2: \"rule flush\" cannot be restored"},
        Refusal{"rule add guest 16 to host\nrule add guest 2 to host\n",
                "standard input:2: invalid guest \"2\""},
        Refusal{"rule add guest 16 to host\n\nrule add guest 16 from 4 port 5 to host\n",
                "standard input:3: this rule of guest \"16\" contradicts the one of line 1: "},
        Refusal{"rule add guest 18 to host\n",
                "standard input:1: this rule of guest \"18\" contradicts the one that a running "
                "program has added: both are for the ports all"},
        Refusal{"rule add guest 16 to 17\n",
                "standard input:1: the module does not offer rules with a guest as their target"},
        Refusal{"rule add guest 20 to host\nrule add guest 21 to host\nrule add guest 22 to host\n"
                "rule add guest 23 to host\n",
                "\"standard input\" has no room: with those of running programs there would be 5 "
                "rules"}));

/// Rules of a few guests that go together, in the order in which they may be added.
Rules random_rules(std::mt19937& random) {
  Rules rules;
  for (Cid guest = 16; guest < 19; ++guest) {
    const Cid from = 3 + random() % 2;
    const Cid to = random() % 2 == 0 ? host_cid : 20;
    for (const auto ports : {every_port, PortRange{9000, 9010}, PortRange{9000, 9000}}) {
      if (random() % 2 == 0) continue;
      const bool deny = random() % 4 == 0;
      rules.push_back({guest, from, deny ? 0 : to, /*persistent=*/true, ports, 0, deny});
    }
  }
  return rules;
}

/// Makes the request with this number fail, of those that change rules. Checks at each of them that
/// no rules are there together that a real module would have refused.
class FailAt {
 public:
  FailAt(FakeModule& module, std::size_t number) : module_(module) {
    module.intervene = [this, number](unsigned long request) {
      if (request != VHOST_VSOCK_FWD_RULE_ADD && request != VHOST_VSOCK_FWD_RULE_DEL) return 0;
      RuleSet set;
      for (const auto& rule : module_.rules) EXPECT_TRUE(set.add(rule_of(rule), ""));
      return changes++ == number ? ENOMEM : 0;
    };
  }
  FailAt(const FailAt&) = delete;
  FailAt& operator=(const FailAt&) = delete;
  ~FailAt() { module_.intervene = nullptr; }

  std::size_t changes = 0;

 private:
  FakeModule& module_;
};

TEST_F(Restore, IsAllOrNothingWhereverItFails) {
  std::mt19937 random(1);
  std::size_t failures = 0;
  for (int round = 0; round < 60; ++round) {
    const auto former = random_rules(random);
    const auto wanted = random_rules(random);
    put(wanted);
    const auto after = present();
    for (std::size_t number = 0;; ++number) {
      put(former);
      const auto before = present();
      const FailAt failing(host_.module, number);
      const auto reply = run(text_of(wanted));
      if (reply) {
        EXPECT_EQ(present(), after);
        EXPECT_LE(failing.changes, number);
        break;
      }
      ++failures;
      EXPECT_THAT(reply.error().message, EndsWith("; the former rules are there again"));
      EXPECT_EQ(reply.error().code, ENOMEM);
      EXPECT_EQ(present(), before);
    }
  }
  EXPECT_GT(failures, 150U);
}

TEST_F(Restore, SaysWhatCouldNotBeTakenBack) {
  put({all_of_17});
  host_.module.failures = {{VHOST_VSOCK_FWD_RULE_ADD, ENOMEM}};
  const auto reply = run("rule add guest 17 port 9000 to host\n");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().message,
            "standard input:1: cannot add rule for guest \"17\", port \"9000\": out of memory "
            "(ENOMEM); 1 of the former rules are not as they were: cannot add rule for guest "
            "\"17\": out of memory (ENOMEM)");
  EXPECT_EQ(reply.error().hint, "run \"vsockfwd rule show\" and compare");
}

TEST_F(Restore, DoesNotMindARuleThatGoesMeanwhile) {
  put({all_of_17});
  host_.module.vanishing_guest = 17;
  EXPECT_TRUE(run("# nothing\n"));
}

volatile std::sig_atomic_t signals_seen = 0;

TEST_F(Restore, IsDoneBeforeASignalEndsTheProgram) {
  put({all_of_17});
  const auto former = std::signal(SIGTERM, [](int /*signal*/) { signals_seen = signals_seen + 1; });
  host_.module.intervene = [&](unsigned long request) {
    if (request == VHOST_VSOCK_FWD_RULE_DEL) std::raise(SIGTERM);
    EXPECT_EQ(signals_seen, 0);
    return 0;
  };
  EXPECT_TRUE(run(text_of({port_of_16, {.guest_cid = 19, .persistent = true}})));
  EXPECT_EQ(signals_seen, 1);
  EXPECT_EQ(host_.module.rules.size(), 2U);
  std::signal(SIGTERM, former);
}

}  // namespace
}  // namespace vsockfwd
