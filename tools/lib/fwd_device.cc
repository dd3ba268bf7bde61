// SPDX-License-Identifier: Apache-2.0
#include "lib/fwd_device.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstdint>
#include <utility>

namespace vsockfwd {
namespace {

/// A request with everything 0 but its size, as the contract wants it.
template <typename T>
T sized() {
  T request{};
  request.size = sizeof(request);
  return request;
}

/// The guest and the ports of a rule, for a message.
std::string place(Cid guest_cid, PortRange ports) {
  const auto guest = fmt::format("guest \"{}\"", guest_cid);
  return ports == every_port ? guest : fmt::format("{}, port \"{}\"", guest, format_ports(ports));
}

}  // namespace

int system_ioctl(int fd, unsigned long request, void* argument) {
  return ::ioctl(fd, request, argument);
}

Result<void> require_api_version(const vhost_vsock_fwd_info& info) {
  if (info.api_version == VHOST_VSOCK_FWD_API_VERSION) return {};
  return Failure(
      Error{fmt::format("the module speaks API version {}, this program version {}",
                        info.api_version, VHOST_VSOCK_FWD_API_VERSION),
            "install the module and the program of the same release, and reload the module"});
}

Rule rule_of(const vhost_vsock_fwd_rule& listed) {
  return {.guest_cid = listed.guest_cid,
          .from_cid = listed.from_cid,
          .to_cid = listed.to_cid,
          .persistent = (listed.flags & VHOST_VSOCK_FWD_RULE_PERSIST) != 0,
          .ports = {listed.port_first, listed.port_last},
          .to_port = listed.to_port,
          .deny = (listed.flags & VHOST_VSOCK_FWD_RULE_DENY) != 0};
}

FwdDevice::FwdDevice(UniqueFd fd, IoctlFunction ioctl)
    : fd_(std::move(fd)), ioctl_(std::move(ioctl)) {}

Result<FwdDevice> FwdDevice::open(const std::filesystem::path& path, IoctlFunction ioctl) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd) {
    const int code = errno;
    return Failure(
        explain_fwd_error(FwdRequest::open, code, fmt::format("cannot open {:?}", path.native())));
  }
  return FwdDevice(std::move(fd), std::move(ioctl));
}

Result<vhost_vsock_fwd_info> FwdDevice::info() const {
  auto request = sized<vhost_vsock_fwd_info>();
  return call(FwdRequest::info, VHOST_VSOCK_FWD_INFO, &request, "cannot ask the module what it is")
      .map([&] { return request; });
}

Result<void> FwdDevice::rule_add(const Rule& rule, const Proof& proof) const {
  auto request = sized<vhost_vsock_fwd_rule_add>();
  request.flags = (rule.persistent ? unsigned{VHOST_VSOCK_FWD_RULE_PERSIST} : 0) |
                  (rule.deny ? unsigned{VHOST_VSOCK_FWD_RULE_DENY} : 0) |
                  (proof.guest_fd ? unsigned{VHOST_VSOCK_FWD_RULE_GUEST_FD} : 0) |
                  (proof.parent_fd ? unsigned{VHOST_VSOCK_FWD_RULE_PARENT_FD} : 0);
  request.guest_cid = rule.guest_cid;
  request.from_cid = rule.from_cid;
  request.to_cid = rule.to_cid;
  request.port_first = rule.ports.first;
  request.port_last = rule.ports.last;
  request.to_port = rule.to_port;
  request.guest_fd = static_cast<__u32>(proof.guest_fd.value_or(0));
  request.parent_fd = static_cast<__u32>(proof.parent_fd.value_or(0));
  return call(FwdRequest::rule_add, VHOST_VSOCK_FWD_RULE_ADD, &request,
              fmt::format("cannot add rule for {}", place(rule.guest_cid, rule.ports)));
}

Result<void> FwdDevice::rule_del(Cid guest_cid, PortRange ports) const {
  auto request = sized<vhost_vsock_fwd_rule_del>();
  request.guest_cid = guest_cid;
  request.port_first = ports.first;
  request.port_last = ports.last;
  return call(FwdRequest::rule_del, VHOST_VSOCK_FWD_RULE_DEL, &request,
              fmt::format("cannot delete rule for {}", place(guest_cid, ports)));
}

Result<void> FwdDevice::set_host_alias(Cid cid) const {
  auto request = sized<vhost_vsock_fwd_host_alias>();
  request.cid = cid;
  const auto what = cid == 0 ? std::string("cannot take the alias of the host back")
                             : fmt::format("cannot make CID \"{}\" an alias of the host", cid);
  return call(FwdRequest::host_alias, VHOST_VSOCK_FWD_HOST_ALIAS, &request, what);
}

Result<std::vector<vhost_vsock_fwd_rule>> FwdDevice::rules() const {
  std::vector<vhost_vsock_fwd_rule> rules;
  for (;;) {
    const std::size_t known = rules.size();
    rules.resize(known + VHOST_VSOCK_FWD_LIST_MAX);

    auto request = sized<vhost_vsock_fwd_rule_list>();
    request.after_id = known == 0 ? 0 : rules[known - 1].id;
    request.entries = reinterpret_cast<std::uintptr_t>(&rules[known]);
    request.count = VHOST_VSOCK_FWD_LIST_MAX;
    request.entry_size = sizeof(vhost_vsock_fwd_rule);
    const auto listed =
        call(FwdRequest::rule_list, VHOST_VSOCK_FWD_RULE_LIST, &request, "cannot list the rules");
    if (!listed) return Failure(listed.error());

    rules.resize(known + request.count);
    if (request.count < VHOST_VSOCK_FWD_LIST_MAX) return rules;
  }
}

Result<void> FwdDevice::call(FwdRequest request, unsigned long number, void* argument,
                             std::string_view what) const {
  if (ioctl_(fd_.get(), number, argument) >= 0) return {};
  return Failure(explain_fwd_error(request, errno, what));
}

}  // namespace vsockfwd
