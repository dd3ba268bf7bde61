// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_HOST_FACTS_H
#define VSOCKFWD_VSOCKFWD_HOST_FACTS_H

#include <linux/vhost_vsock_fwd.h>

#include <optional>
#include <string>

#include "lib/result.h"
#include "vsockfwd/command.h"

namespace vsockfwd {

/// A kernel module on this host.
struct ModuleFacts {
  bool loaded = false;
  /// Whether modprobe would find it for the running kernel; unknown without an index of modules.
  std::optional<bool> installed;
  /// The version of the loaded module, if it tells one.
  std::optional<std::string> version;
};

/// A device node.
struct NodeFacts {
  bool present = false;
  /// Permission bits, as in 0660.
  std::optional<unsigned> mode;
};

/// What was found on a host, without judgement. An optional that is empty could not be found out.
struct HostFacts {
  ModuleFacts fwd_module;
  NodeFacts fwd_node;
  /// What the module says about itself, or why it could not be asked.
  Result<vhost_vsock_fwd_info> fwd_info;

  ModuleFacts vhost_module;
  NodeFacts vhost_node;

  std::optional<std::string> kernel_release;
  /// kernel.ftrace_enabled
  std::optional<bool> ftrace_enabled;
  /// CONFIG_DYNAMIC_FTRACE_WITH_ARGS
  std::optional<bool> ftrace_arguments;
  /// CONFIG_KPROBES
  std::optional<bool> kprobes;

  /// What the kernel is locked down for: none, integrity or confidentiality.
  std::optional<std::string> lockdown;
  /// Whether the kernel refuses modules without a signature that it trusts.
  std::optional<bool> signatures_enforced;
  std::optional<bool> secure_boot;
  /// Whether no module can be loaded until the next boot: kernel.modules_disabled
  std::optional<bool> modules_disabled;
  /// Whether this process has CAP_NET_ADMIN, in whatever user namespace it is.
  std::optional<bool> net_admin;
};

/// Looks at the host. Opens the device, and changes nothing.
HostFacts collect_host_facts(const Machine& machine);

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_HOST_FACTS_H
