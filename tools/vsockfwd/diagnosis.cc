// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/diagnosis.h"

#include <fmt/format.h>

#include <utility>

namespace vsockfwd {
namespace {

/// Collects what is wrong.
class Problems {
 public:
  void add_if(bool wrong, std::string message, std::string hint) {
    if (wrong) list_.push_back({std::move(message), std::move(hint)});
  }
  void add(Error problem) { list_.push_back(std::move(problem)); }
  std::vector<Error> take() { return std::move(list_); }

 private:
  std::vector<Error> list_;
};

/// The setting that makes the kernel refuse modules that it does not trust; empty if none does.
std::string signature_policy(const HostFacts& facts) {
  if (facts.lockdown.value_or("none") != "none") {
    return fmt::format("it is locked down for {}{}", *facts.lockdown,
                       facts.secure_boot == true ? ", as Secure Boot is on" : "");
  }
  return facts.signatures_enforced == true ? "module.sig_enforce is set" : "";
}

/// Why the module is not loaded, as far as the outside shows.
void diagnose_absent_module(const HostFacts& facts, Problems& problems) {
  problems.add_if(
      facts.kprobes == false || facts.ftrace_arguments == false,
      "this kernel is built without function tracing with arguments, or without kprobes",
      "boot a kernel with CONFIG_DYNAMIC_FTRACE_WITH_ARGS=y and CONFIG_KPROBES=y");
  problems.add_if(facts.modules_disabled == true,
                  "this kernel loads no modules until the next boot (kernel.modules_disabled = 1)",
                  "reboot, and load vhost_vsock_fwd before the setting is made");
  if (facts.fwd_module.installed == false) {
    problems.add_if(true,
                    fmt::format("the module vhost_vsock_fwd is not installed for kernel {:?}",
                                facts.kernel_release.value_or("unknown")),
                    "build and install the module for this kernel, then run \"depmod\"");
  } else {
    problems.add_if(true, "the module vhost_vsock_fwd is not loaded",
                    "load the module: modprobe vhost_vsock_fwd");
  }
  const auto policy = signature_policy(facts);
  problems.add_if(!policy.empty(),
                  fmt::format("this kernel loads only modules that it trusts: {}", policy),
                  "if the module is refused, sign it with a key that the kernel knows, such as one "
                  "that was enrolled with \"mokutil --import\"");
}

void diagnose_answer(const vhost_vsock_fwd_info& info, Problems& problems) {
  if (const auto compatible = require_api_version(info); !compatible) {
    problems.add(compatible.error());
    return;  // another version may mean something else by the rest
  }
  static constexpr auto needed = VHOST_VSOCK_FWD_F_TO_HOST | VHOST_VSOCK_FWD_F_PERSIST;
  problems.add_if((info.features & needed) != needed,
                  "the module lacks a feature that this program needs",
                  "install the module and the program of the same release, and reload the module");
  problems.add_if(info.rules >= info.rules_max,
                  fmt::format("there is no room for another rule: {} exist already", info.rules),
                  "delete rules that are not needed any more");
}

void diagnose_present_module(const HostFacts& facts, Problems& problems) {
  if (!facts.fwd_node.present) {
    problems.add_if(true, fmt::format("the device {:?} is missing", VHOST_VSOCK_FWD_DEVICE),
                    "mount devtmpfs at /dev; in a container, pass the device in");
  } else if (!facts.fwd_info) {
    problems.add(facts.fwd_info.error());
  } else {
    diagnose_answer(*facts.fwd_info, problems);
  }
}

void diagnose_vhost(const HostFacts& facts, Problems& problems) {
  problems.add_if(!facts.vhost_module.loaded && facts.vhost_module.installed == false,
                  "this kernel has no module vhost_vsock",
                  "install the kernel package that contains it, or boot another kernel");
  problems.add_if(facts.vhost_module.loaded && !facts.vhost_node.present,
                  "the device \"/dev/vhost-vsock\" is missing, so no guest can be started",
                  "mount devtmpfs at /dev; in a container, pass the device in");
}

}  // namespace

std::vector<Error> diagnose(const HostFacts& facts) {
  Problems problems;
  if (facts.fwd_module.loaded) {
    diagnose_present_module(facts, problems);
  } else {
    diagnose_absent_module(facts, problems);
  }
  diagnose_vhost(facts, problems);
  problems.add_if(facts.ftrace_enabled == false, "function tracing is switched off",
                  "switch it on: sysctl kernel.ftrace_enabled=1");
  problems.add_if(facts.net_admin == false,
                  "this user may not change rules: CAP_NET_ADMIN is needed",
                  "run the command as root");
  return problems.take();
}

}  // namespace vsockfwd
