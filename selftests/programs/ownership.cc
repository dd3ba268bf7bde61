// SPDX-License-Identifier: GPL-2.0
// Plays callers that have no privileges: one that runs a guest and may rule it, and those that
// would like to rule the guests of others. Runs the case that is named, and fails if the module
// lets somebody do what he may not, or nobody what he may.
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/vhost_vsock_fwd.h>
// The legacy part of a header that <linux/vhost.h> includes is C only.
#define VIRTIO_RING_NO_LEGACY
#include <linux/vhost.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/withheld_page.h"
#include "lib/cid.h"
#include "lib/unique_fd.h"

namespace vsockfwd::programs {
namespace {

constexpr Cid mine = 16;
constexpr Cid other = 17;
constexpr Cid parent = 18;
constexpr Cid late = 19;
constexpr uid_t nobody = 65534;

void expect(bool holds, std::string_view what) {
  if (!holds) throw std::runtime_error(std::string(what));
}

void expect_error(int got, int expected, std::string_view what) {
  expect(got == expected, fmt::format("{}: got errno {}, expected {}", what, got, expected));
}

UniqueFd open_file(const char* path) {
  UniqueFd fd(::open(path, O_RDWR | O_CLOEXEC));
  expect(static_cast<bool>(fd), fmt::format("cannot open \"{}\" (errno {})", path, errno));
  return fd;
}

void set_cid(const UniqueFd& vhost, Cid cid) {
  const std::uint64_t value = cid;
  expect(::ioctl(vhost.get(), VHOST_VSOCK_SET_GUEST_CID, &value) == 0,
         fmt::format("cannot set CID {} (errno {})", cid, errno));
}

/// A guest that does nothing but have a CID.
UniqueFd make_guest(Cid cid) {
  auto fd = open_file("/dev/vhost-vsock");
  expect(::ioctl(fd.get(), VHOST_SET_OWNER) == 0, "cannot own the guest");
  set_cid(fd, cid);
  return fd;
}

vhost_vsock_fwd_rule_add rule_for(Cid guest, int guest_fd) {
  return {.size = sizeof(vhost_vsock_fwd_rule_add),
          .flags = VHOST_VSOCK_FWD_RULE_GUEST_FD,
          .guest_cid = guest,
          .from_cid = parent_cid,
          .to_cid = host_cid,
          .guest_fd = static_cast<std::uint32_t>(guest_fd),
          .port_first = 0,
          .port_last = 0,
          .to_port = 0,
          .parent_fd = 0};
}

vhost_vsock_fwd_rule_add sibling_rule(int guest_fd, int parent_fd) {
  auto rule = rule_for(mine, guest_fd);
  rule.to_cid = parent;
  rule.flags |= VHOST_VSOCK_FWD_RULE_PARENT_FD;
  rule.parent_fd = static_cast<std::uint32_t>(parent_fd);
  return rule;
}

class Device {
 public:
  Device() : fd_(open_file(VHOST_VSOCK_FWD_DEVICE)) {}

  /// All return 0 or an errno.
  int add(const vhost_vsock_fwd_rule_add& rule) const {
    return call(VHOST_VSOCK_FWD_RULE_ADD, &rule);
  }
  int del(Cid guest) const {
    const vhost_vsock_fwd_rule_del request{.size = sizeof(request),
                                           .flags = 0,
                                           .guest_cid = guest,
                                           .__reserved = 0,
                                           .port_first = 0,
                                           .port_last = 0};
    return call(VHOST_VSOCK_FWD_RULE_DEL, &request);
  }

  [[nodiscard]] std::vector<Cid> ruled_guests() const {
    std::array<vhost_vsock_fwd_rule, 16> rules{};
    vhost_vsock_fwd_rule_list list{.size = sizeof(list),
                                   .flags = 0,
                                   .after_id = 0,
                                   .entries = reinterpret_cast<std::uintptr_t>(rules.data()),
                                   .count = rules.size(),
                                   .entry_size = sizeof(rules.front())};
    expect(call(VHOST_VSOCK_FWD_RULE_LIST, &list) == 0, "cannot list the rules");
    std::vector<Cid> guests;
    for (std::size_t i = 0; i < list.count; i++) guests.push_back(rules.at(i).guest_cid);
    return guests;
  }

  void expect_no_rule_soon(std::string_view when) const {
    for (int tries = 0; tries < 100; tries++) {
      if (ruled_guests().empty()) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    throw std::runtime_error(fmt::format("the rule is still there {}", when));
  }

 private:
  int call(unsigned long number, const void* argument) const {
    return ::ioctl(fd_.get(), number, argument) < 0 ? errno : 0;
  }

  UniqueFd fd_;
};

void drop_privileges() {
  expect(::setgroups(0, nullptr) == 0 && ::setresgid(nobody, nobody, nobody) == 0 &&
             ::setresuid(nobody, nobody, nobody) == 0,
         "cannot become an ordinary user");
}

void own() {
  const Device device;
  auto guest = make_guest(mine);
  drop_privileges();
  expect_error(device.add(rule_for(mine, guest.get())), 0, "his own guest");
  expect(device.ruled_guests() == std::vector{mine}, "there is one rule, for his guest");
  expect_error(device.del(mine), 0, "his own rule goes");
  expect_error(device.add(rule_for(mine, guest.get())), 0, "and comes again");
  guest.reset();
  device.expect_no_rule_soon("after the end of the guest");
}

void foreign() {
  const Device device;
  const auto guest = make_guest(mine);
  const auto victim = make_guest(other);
  drop_privileges();
  expect_error(device.add(rule_for(other, guest.get())), EACCES, "the guest of somebody else");
  expect_error(device.add(rule_for(parent, guest.get())), EACCES, "a CID that nobody has");
  auto without = rule_for(mine, 0);
  without.flags = 0;
  expect_error(device.add(without), EPERM, "no descriptor");
  auto persistent = rule_for(mine, guest.get());
  persistent.flags |= VHOST_VSOCK_FWD_RULE_PERSIST;
  expect_error(device.add(persistent), EINVAL, "a rule that stays");
  expect(device.ruled_guests().empty(), "no rule came of it");
}

void descriptors() {
  const Device device;
  const UniqueFd event(::eventfd(0, EFD_CLOEXEC));
  const auto null = open_file("/dev/null");
  const auto no_cid = open_file("/dev/vhost-vsock");
  const auto fwd = open_file(VHOST_VSOCK_FWD_DEVICE);
  const UniqueFd path(::open("/dev/vhost-vsock", O_PATH | O_CLOEXEC));
  drop_privileges();
  for (const auto& fd : {std::cref(event), std::cref(null), std::cref(fwd), std::cref(path)}) {
    expect_error(device.add(rule_for(mine, fd.get().get())), EBADF, "not vhost-vsock");
  }
  expect_error(device.add(rule_for(mine, 1000)), EBADF, "not open");
  expect_error(device.add(rule_for(mine, -1)), EBADF, "no descriptor at all");
  expect_error(device.add(rule_for(mine, no_cid.get())), EACCES, "a guest without a CID");
}

/// The number of a descriptor means nothing, and copies of it are the same.
void reuse() {
  const Device device;
  auto guest = make_guest(mine);
  const auto victim = make_guest(other);
  drop_privileges();
  expect_error(device.add(rule_for(mine, guest.get())), 0, "his own guest");
  UniqueFd copy(::dup(guest.get()));
  expect(::dup2(victim.get(), guest.get()) == guest.get(), "cannot reuse the number");
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  expect(device.ruled_guests() == std::vector{mine}, "a copy keeps the rule");
  copy.reset();
  device.expect_no_rule_soon("after the last copy");
}

void change() {
  const Device device;
  const auto guest = make_guest(mine);
  drop_privileges();
  expect_error(device.add(rule_for(mine, guest.get())), 0, "his own guest");
  set_cid(guest, other);
  device.expect_no_rule_soon("after a change of the CID");
  expect_error(device.add(rule_for(mine, guest.get())), EACCES, "the former CID");
  expect_error(device.add(rule_for(other, guest.get())), 0, "the new one");
}

/// The CID changes by a request that began before the proof.
void outrun(Cid watched, const std::function<void(const Device&, const UniqueFd&)>& rule) {
  const Device device;
  const auto guest = make_guest(watched);
  const WithheldPage page;
  std::thread changer([&] {
    if (::ioctl(guest.get(), VHOST_VSOCK_SET_GUEST_CID, page.data()) != 0) std::abort();
  });
  page.wait_for_reader();
  rule(device, guest);
  page.give(late);
  changer.join();
  const auto next = make_guest(watched);
  device.expect_no_rule_soon("when somebody else has the CID");
}

void outrun_guest() {
  outrun(mine, [](const Device& device, const UniqueFd& guest) {
    expect_error(device.add(rule_for(mine, guest.get())), 0, "his own guest");
  });
}

void outrun_parent() {
  const auto guest = make_guest(mine);
  outrun(parent, [&guest](const Device& device, const UniqueFd& to) {
    expect_error(device.add(sibling_rule(guest.get(), to.get())), 0, "guest and parent");
  });
}

void sibling() {
  const Device device;
  const auto guest = make_guest(mine);
  const auto stranger = make_guest(other);
  auto to = make_guest(parent);
  drop_privileges();
  auto without = rule_for(mine, guest.get());
  without.to_cid = parent;
  expect_error(device.add(without), EPERM, "a parent that he does not run");
  expect_error(device.add(sibling_rule(guest.get(), stranger.get())), EACCES, "not the parent's");
  expect_error(device.add(sibling_rule(guest.get(), to.get())), 0, "guest and parent");
  to.reset();
  device.expect_no_rule_soon("after the end of the parent");
}

void policy() {
  const Device admin;
  const Device device;
  const auto guest = make_guest(mine);
  auto deny = rule_for(mine, 0);
  deny.flags = VHOST_VSOCK_FWD_RULE_DENY;
  deny.to_cid = 0;
  expect_error(admin.add(deny), 0, "the administrator's rule");
  drop_privileges();
  auto way_round = rule_for(mine, guest.get());
  way_round.port_first = way_round.port_last = 9000;
  expect_error(device.add(way_round), EPERM, "a rule beside the administrator's");
  expect_error(device.del(mine), EPERM, "the administrator's rule");
}

/// The request lies where another thread changes it. What was proved is what is ruled.
void race() {
  const Device device;
  const auto guest = make_guest(mine);
  const auto victim = make_guest(other);
  drop_privileges();
  auto rule = rule_for(mine, guest.get());
  std::atomic<bool> done = false;
  std::thread changer([&] {
    while (!done) {
      __atomic_store_n(&rule.guest_cid, other, __ATOMIC_RELAXED);
      __atomic_store_n(&rule.guest_cid, mine, __ATOMIC_RELAXED);
    }
  });
  int added = 0;
  std::string failure;
  for (int i = 0; i < 30 && failure.empty(); i++) {
    const int error = device.add(rule);
    const auto guests = device.ruled_guests();
    if (error != 0 && error != EACCES) failure = fmt::format("errno {}", error);
    if (guests != (error == 0 ? std::vector{mine} : std::vector<Cid>())) failure = "a wrong rule";
    if (error == 0) added++;
    if (error == 0 && device.del(mine) != 0) failure = "the rule does not go";
  }
  done = true;
  changer.join();
  expect(failure.empty(), failure);
  expect(added > 0, "no request was right");
}

/// The guest is in the namespace that the program starts in; the caller in another one.
void other_namespace() {
  const auto guest = make_guest(mine);
  expect(::unshare(CLONE_NEWNET) == 0, "cannot make a namespace");
  const Device device;
  drop_privileges();
  expect_error(device.add(rule_for(mine, guest.get())), EACCES, "a guest of another namespace");
}

const std::map<std::string_view, std::function<void()>> cases = {
    {"own", own},
    {"foreign", foreign},
    {"descriptors", descriptors},
    {"reuse", reuse},
    {"change", change},
    {"sibling", sibling},
    {"policy", policy},
    {"race", race},
    {"other-namespace", other_namespace},
    {"outrun-guest", outrun_guest},
    {"outrun-parent", outrun_parent},
};

int run(std::string_view name) {
  const auto found = cases.find(name);
  if (found == cases.end()) {
    std::cerr << "ownership: there is no case \"" << name << "\"\n";
    return 2;
  }
  try {
    found->second();
  } catch (const std::exception& failure) {
    std::cerr << "ownership: " << failure.what() << '\n';
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace vsockfwd::programs

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: ownership CASE\n";
    return 2;
  }
  return vsockfwd::programs::run(argv[1]);
}
