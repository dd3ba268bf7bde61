// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/host_facts.h"

#include <fmt/format.h>
#include <linux/capability.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <sstream>
#include <system_error>

namespace vsockfwd {
namespace {

namespace fs = std::filesystem;

/// The whole file, unpacked if it is packed: zlib reads other files as they are.
std::optional<std::string> read_file(const fs::path& path) {
  const std::unique_ptr<gzFile_s, decltype(&gzclose)> file(gzopen(path.c_str(), "rbe"), gzclose);
  if (!file) return std::nullopt;
  std::string content;
  std::array<char, 16384> block{};
  for (;;) {
    const int count = gzread(file.get(), block.data(), block.size());
    if (count < 0) return std::nullopt;
    if (count == 0) return content;
    content.append(block.data(), static_cast<std::size_t>(count));
  }
}

/// The first line of a file.
std::optional<std::string> read_line(const fs::path& path) {
  auto content = read_file(path);
  if (content) content->resize(std::min(content->find('\n'), content->size()));
  return content;
}

/// A file that holds 0 or 1, or Y or N.
std::optional<bool> read_switch(const fs::path& path) {
  const auto line = read_line(path);
  if (line == "1" || line == "Y") return true;
  if (line == "0" || line == "N") return false;
  return std::nullopt;
}

bool is_there(const fs::path& path) {
  std::error_code ignored;  // what cannot be looked at is not there for us
  return fs::exists(path, ignored);
}

/// Whether modprobe's index has a module: each line is the path of one, a colon, and what it needs.
std::optional<bool> index_has(const std::optional<std::string>& index, std::string_view module) {
  if (!index) return std::nullopt;
  const auto file = fmt::format("{}.ko", module);  // and .xz or the like, if it is packed
  std::istringstream lines(*index);
  for (std::string line; std::getline(lines, line);) {
    if (fs::path(line.substr(0, line.find(':'))).filename().native().starts_with(file)) return true;
  }
  return false;
}

ModuleFacts module_facts(const Machine& machine, const std::optional<std::string>& index,
                         std::string_view name) {
  const auto directory = machine.path(fmt::format("/sys/module/{}", name));
  return {is_there(directory), index_has(index, name), read_line(directory / "version")};
}

NodeFacts node_facts(const fs::path& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) return {};
  return {true, static_cast<unsigned>(status.permissions() & fs::perms::mask)};
}

Result<vhost_vsock_fwd_info> ask_module(const Machine& machine) {
  return FwdDevice::open(machine.path(VHOST_VSOCK_FWD_DEVICE), machine.ioctl)
      .and_then([](const FwdDevice& device) { return device.info(); });
}

std::optional<std::string> read_kernel_config(const Machine& machine, const std::string& release) {
  auto config = read_file(machine.path("/boot/config-" + release));
  return config ? config : read_file(machine.path("/proc/config.gz"));
}

std::optional<bool> config_has(const std::optional<std::string>& config, std::string_view symbol) {
  if (!config) return std::nullopt;
  return config->find(fmt::format("\n{}=y\n", symbol)) != std::string::npos;
}

/// The choice in brackets, as in: none [integrity] confidentiality
std::optional<std::string> read_lockdown(const Machine& machine) {
  const auto line = read_line(machine.path("/sys/kernel/security/lockdown"));
  if (!line) return std::nullopt;
  const auto open = line->find('[');
  const auto close = line->find(']', open);
  if (close == std::string::npos) return std::nullopt;
  return line->substr(open + 1, close - open - 1);
}

/// A firmware variable: four bytes of attributes, then one byte of value.
std::optional<bool> read_secure_boot(const Machine& machine) {
  const auto variable = read_file(
      machine.path("/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"));
  if (!variable || variable->size() != 5) return std::nullopt;
  return variable->back() == 1;
}

std::optional<bool> read_net_admin(const Machine& machine) {
  static constexpr std::string_view key = "\nCapEff:\t";
  const auto status = read_file(machine.path("/proc/self/status"));
  const auto start = status ? status->find(key) : std::string::npos;
  if (start == std::string::npos) return std::nullopt;
  std::uint64_t capabilities = 0;
  const char* const digits = status->data() + start + key.size();
  const auto [end, error] =
      std::from_chars(digits, status->data() + status->size(), capabilities, 16);
  if (error != std::errc()) return std::nullopt;
  return (capabilities >> CAP_NET_ADMIN & 1) != 0;
}

}  // namespace

HostFacts collect_host_facts(const Machine& machine) {
  HostFacts facts;
  // First, because opening a device may load its module.
  facts.fwd_info = ask_module(machine);

  facts.kernel_release = read_line(machine.path("/proc/sys/kernel/osrelease"));
  const auto release = facts.kernel_release.value_or("");
  const auto index = read_file(machine.path(fmt::format("/lib/modules/{}/modules.dep", release)));
  facts.fwd_module = module_facts(machine, index, "vhost_vsock_fwd");
  facts.fwd_node = node_facts(machine.path(VHOST_VSOCK_FWD_DEVICE));
  facts.vhost_module = module_facts(machine, index, "vhost_vsock");
  facts.vhost_node = node_facts(machine.path("/dev/vhost-vsock"));

  const auto config = read_kernel_config(machine, release);
  facts.ftrace_enabled = read_switch(machine.path("/proc/sys/kernel/ftrace_enabled"));
  facts.ftrace_arguments = config_has(config, "CONFIG_DYNAMIC_FTRACE_WITH_ARGS");
  facts.kprobes = config_has(config, "CONFIG_KPROBES");

  facts.lockdown = read_lockdown(machine);
  facts.signatures_enforced =
      read_switch(machine.path("/sys/module/module/parameters/sig_enforce"));
  facts.secure_boot = read_secure_boot(machine);
  facts.modules_disabled = read_switch(machine.path("/proc/sys/kernel/modules_disabled"));
  facts.net_admin = read_net_admin(machine);
  return facts;
}

}  // namespace vsockfwd
