// SPDX-License-Identifier: Apache-2.0
#include "lib/fwd_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace vsockfwd {
namespace {

struct Meaning {
  int code;
  std::string_view reason;
  std::string_view hint;
};

struct RequestMeaning {
  FwdRequest request;
  Meaning meaning;
};

constexpr std::string_view compare_releases =
    "load the module of the same release as this program; \"vsockfwd feature\" shows both";

/// What a code means wherever the table below says nothing more precise.
constexpr std::array general_meanings = {
    Meaning{E2BIG, "the module is older than this program", compare_releases},
    Meaning{EBUSY, "function tracing is switched off",
            "switch it on: sysctl kernel.ftrace_enabled=1"},
    Meaning{EFAULT, "the module cannot reach the memory of this program",
            "this is a defect of this program: please report it"},
    Meaning{EINTR, "a signal came first; nothing was changed", "run the command again"},
    Meaning{EINVAL, "the module does not accept the request", compare_releases},
    Meaning{ENODEV,
            "vhost_vsock is missing, is not the host's transport to its guests, or is not built "
            "as the module expects",
            "run \"modprobe vhost_vsock\"; the kernel log says what the module is missing"},
    Meaning{ENOMEM, "out of memory", "free some memory and run the command again"},
    Meaning{ENOTTY, "the module does not know this request", compare_releases},
    Meaning{EOPNOTSUPP, "the module does not offer this",
            "\"vsockfwd feature\" shows what the module offers"},
    Meaning{EPERM, "CAP_NET_ADMIN in the initial user namespace is needed",
            "run the command as root, outside of any container"},
};

constexpr std::array request_meanings = {
    RequestMeaning{
        FwdRequest::open,
        {ENOENT, "there is no such device", "load the module: modprobe vhost_vsock_fwd"}},
    RequestMeaning{
        FwdRequest::open,
        {ENODEV, "no module serves this device", "load the module: modprobe vhost_vsock_fwd"}},
    RequestMeaning{
        FwdRequest::open,
        {ENXIO, "no module serves this device", "load the module: modprobe vhost_vsock_fwd"}},
    RequestMeaning{FwdRequest::open,
                   {EACCES, "permission denied",
                    "run the command as root, or join the group that owns the device"}},
    RequestMeaning{FwdRequest::open,
                   {EPERM, "the device may not be used here",
                    "allow the device in the cgroup of the container or service"}},
    RequestMeaning{FwdRequest::info,
                   {ENOTTY, "this is not the device of the module",
                    "reload the module: modprobe -r vhost_vsock_fwd; modprobe vhost_vsock_fwd"}},
    RequestMeaning{FwdRequest::rule_add,
                   {EACCES, "the descriptor is not that of the guest",
                    "pass the one of /dev/vhost-vsock on which the guest's CID was set"}},
    RequestMeaning{FwdRequest::rule_add,
                   {EBADF, "a descriptor is not open, or not one of /dev/vhost-vsock",
                    "let this program inherit the descriptor under the number that is given"}},
    RequestMeaning{FwdRequest::rule_add,
                   {EEXIST, "a rule for these ports exists already, or one that overlaps them",
                    "\"vsockfwd rule show\" shows it; ranges may lie inside each other, but not "
                    "overlap in part; delete a rule first to replace it"}},
    RequestMeaning{FwdRequest::rule_add,
                   {EINVAL, "the module does not accept these CIDs or ports",
                    "all rules of a guest agree in \"from\", and those that do not deny in their "
                    "target; \"vsockfwd rule show\" shows them"}},
    RequestMeaning{
        FwdRequest::rule_add,
        {ENOSPC, "there is no room for another rule",
         "delete rules that are not needed any more; a guest may have 256, and \"vsockfwd "
         "feature\" shows how many there may be in all"}},
    RequestMeaning{FwdRequest::rule_add,
                   {EOPNOTSUPP, "the module does not offer this target or kind of rule",
                    "\"vsockfwd feature\" shows what the module offers; \"to host\" is the target "
                    "that is always there"}},
    RequestMeaning{
        FwdRequest::rule_del,
        {ENOENT, "there is no such rule",
         "\"vsockfwd rule show\" shows all rules; one for some ports is deleted by naming them as "
         "they are shown"}},
    RequestMeaning{FwdRequest::host_alias,
                   {EADDRINUSE, "this host has that CID itself",
                    "it is a guest of another host, and programs bind to that CID as they are"}},
    RequestMeaning{FwdRequest::host_alias,
                   {ENOENT, "there is no alias", "\"vsockfwd host show\" shows it"}},
    RequestMeaning{
        FwdRequest::netlink,
        {ENOENT, "the module is not loaded, or is older than this program", compare_releases}},
};

/// The system's own words for a code that the contract does not name.
Error unexplained(int code, std::string_view what) {
  return {fmt::format("{}: {} ({})", what, std::generic_category().message(code), errno_name(code)),
          "the kernel log may say more", code};
}

}  // namespace

Error explain_fwd_error(FwdRequest request, int code, std::string_view what) {
  const auto explained = [&](const Meaning& meaning) -> Error {
    return {fmt::format("{}: {} ({})", what, meaning.reason, errno_name(code)),
            std::string(meaning.hint), code};
  };

  const auto* const precise = std::ranges::find_if(request_meanings, [&](const auto& entry) {
    return entry.request == request && entry.meaning.code == code;
  });
  if (precise != request_meanings.end()) return explained(precise->meaning);

  const auto* const general = std::ranges::find(general_meanings, code, &Meaning::code);
  if (general != general_meanings.end()) return explained(*general);

  return unexplained(code, what);
}

std::string errno_name(int code) {
  const char* const name = ::strerrorname_np(code);
  return name == nullptr ? fmt::format("errno {}", code) : name;
}

}  // namespace vsockfwd
