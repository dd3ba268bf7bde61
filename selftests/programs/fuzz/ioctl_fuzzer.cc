// SPDX-License-Identifier: GPL-2.0
#include "fuzz/ioctl_fuzzer.h"

#include <fcntl.h>
#include <linux/vhost_vsock_fwd.h>
// The legacy part of a header that <linux/vhost.h> includes is C only.
#define VIRTIO_RING_NO_LEGACY
#include <linux/vhost.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <set>
#include <stdexcept>
#include <string_view>

#include "common/guarded_memory.h"
#include "common/program.h"
#include "guest/failure.h"

namespace vsockfwd::programs {
namespace {

/// Guests that all fuzzers rule, so that they meet.
constexpr std::uint32_t guests[] = {16, 17, 18, 19};
constexpr std::uint64_t odd_values[] = {
    0,    1,     2,          3,   4,       8,          255,        4095,  4096,
    4097, 65535, 1ULL << 31, ~0U, ~0U - 1, 1ULL << 32, 1ULL << 63, ~0ULL, 0x800000000000};

/// What the uapi says that a request may answer, beside success.
const std::map<unsigned long, std::set<int>> errors_of{
    {VHOST_VSOCK_FWD_INFO, {E2BIG, EFAULT, EINTR, EINVAL, EOPNOTSUPP}},
    {VHOST_VSOCK_FWD_RULE_ADD,
     {E2BIG, EACCES, EBADF, EBUSY, EEXIST, EFAULT, EINTR, EINVAL, ENODEV, ENOMEM, ENOSPC,
      EOPNOTSUPP, EPERM}},
    {VHOST_VSOCK_FWD_RULE_DEL, {E2BIG, EFAULT, EINTR, EINVAL, ENOENT, EOPNOTSUPP, EPERM}},
    {VHOST_VSOCK_FWD_RULE_LIST, {E2BIG, EFAULT, EINTR, EINVAL, ENOMEM, EOPNOTSUPP}},
};

UniqueFd open_file(const char* path) {
  UniqueFd fd(::open(path, O_RDWR | O_CLOEXEC));
  if (!fd) fail(fmt::format("cannot open {:?}", path));
  return fd;
}

/// A guest that does nothing but have a CID.
UniqueFd make_guest(Cid cid) {
  auto fd = open_file("/dev/vhost-vsock");
  const std::uint64_t value = cid;
  if (::ioctl(fd.get(), VHOST_SET_OWNER) < 0 ||
      ::ioctl(fd.get(), VHOST_VSOCK_SET_GUEST_CID, &value) < 0) {
    fail(fmt::format("cannot be guest {}", cid));
  }
  return fd;
}

}  // namespace

IoctlFuzzer::IoctlFuzzer(std::uint64_t seed, Cid own_guest, std::span<std::byte> shared)
    : random_(seed),
      own_guest_(own_guest),
      shared_(shared),
      device_(open_file(VHOST_VSOCK_FWD_DEVICE)),
      vhost_(make_guest(own_guest)),
      entries_(VHOST_VSOCK_FWD_LIST_MAX * sizeof(vhost_vsock_fwd_rule)) {}

void IoctlFuzzer::step() {
  if (random_.once_in(64)) reopen();
  const auto call = make_call();
  const int code = make(call);
  tally_.count(code);
}

/// With the descriptors go the rules that depend on them.
void IoctlFuzzer::reopen() {
  if (random_.once_in(2)) {
    device_.reset();
    device_ = open_file(VHOST_VSOCK_FWD_DEVICE);
  } else {
    vhost_.reset();
    vhost_ = make_guest(own_guest_);
  }
}

IoctlFuzzer::Call IoctlFuzzer::make_call() {
  const auto& request = fwd_requests()[random_.below(fwd_requests().size())];
  Call call{.request = &request,
            .number = request.number,
            .structure = std::vector<std::byte>(request.size)};
  fill(call);
  while (random_.once_in(2)) mutate(call);
  return call;
}

/// A request as somebody might mean it.
void IoctlFuzzer::fill(Call& call) {
  for (const auto& field : call.request->fields) {
    if (!field.out || field.name == "count") field.set(call.structure, value_for(field));
  }
}

std::uint64_t IoctlFuzzer::value_for(const Field& field) {
  const auto name = field.name;
  if (name == "guest_cid") return random_.once_in(2) ? own_guest_ : random_.pick(guests);
  if (name == "from_cid") return parent_cid;
  if (name == "to_cid") return random_.once_in(4) ? random_.pick(guests) : host_cid;
  if (name == "guest_fd" || name == "parent_fd") {
    return random_.once_in(4) ? random_.below(64) : static_cast<std::uint64_t>(vhost_.get());
  }
  if (name == "flags") return random_.once_in(2) ? VHOST_VSOCK_FWD_RULE_GUEST_FD : 0;
  if (name == "port_first" || name == "to_port") return random_.below(8);
  if (name == "port_last") return 8 + random_.below(8);
  if (name == "entries") return reinterpret_cast<std::uintptr_t>(entries_.data());
  if (name == "entry_size") return sizeof(vhost_vsock_fwd_rule);
  if (name == "count") return random_.below(VHOST_VSOCK_FWD_LIST_MAX + 1);
  return 0;
}

/// Makes something wrong, or at least unusual.
void IoctlFuzzer::mutate(Call& call) {
  auto& structure = call.structure;
  const auto fields = call.request->fields;
  switch (random_.below(8)) {
    case 0:
      call.number = random_.once_in(4) ? random_.any() & 0xffffffff
                                       : _IO(VHOST_VSOCK_FWD_IOC, random_.below(256));
      break;
    case 1:
      structure.resize(random_.below(5000), std::byte(random_.below(2)));
      break;
    case 2:
      structure.resize(structure.size() + random_.below(64), std::byte(0));
      break;
    case 3:
      if (!structure.empty()) structure[random_.below(structure.size())] = std::byte(random_.any());
      break;
    default: {
      const auto& field = fields[random_.below(fields.size())];
      if (field.offset + field.size > structure.size()) break;
      const auto value = random_.once_in(2) ? random_.pick(odd_values) : random_.below(16);
      field.set(structure, field.size == 4 ? value & 0xffffffff : value);
      break;
    }
  }
}

/// The size that a call tells of; what is there may be less.
int IoctlFuzzer::make(const Call& call) {
  if (!shared_.empty() && random_.once_in(4)) {
    return ::ioctl(device_.get(), call.number, shared_.data()) < 0 ? errno : 0;
  }
  Call told = call;
  const auto& size = call.request->fields.front();
  if (told.structure.size() >= size.size && size.get(told.structure) == 0 && !random_.once_in(16)) {
    size.set(told.structure, told.structure.size());
  }
  const auto memory = value_or_fail(GuardedMemory::create(told.structure));
  if (random_.once_in(16)) value_or_fail(memory.make_read_only());
  void* const argument = random_.once_in(32) ? reinterpret_cast<void*>(random_.pick(odd_values))
                                             : static_cast<void*>(memory.bytes().data());
  const int code = ::ioctl(device_.get(), told.number, argument) < 0 ? errno : 0;
  check(told, code);
  return code;
}

void IoctlFuzzer::check(const Call& call, int code) const {
  if (code == 0) {
    check_rights(call);
    return;
  }
  const auto allowed = errors_of.find(call.number);
  if (allowed == errors_of.end() ? code == ENOTTY : allowed->second.contains(code)) return;
  throw std::runtime_error(fmt::format("request {:#x} answered {}", call.number, errno_name(code)));
}

/// Without privileges, there are only rules for the guest that one runs.
void IoctlFuzzer::check_rights(const Call& call) const {
  if (::geteuid() == 0 || call.number != VHOST_VSOCK_FWD_RULE_ADD) return;
  const auto guest = value_or_fail(call.request->field("guest_cid")).get(call.structure);
  const auto target = value_or_fail(call.request->field("to_cid")).get(call.structure);
  if (guest == own_guest_ && target <= host_cid) return;
  throw std::runtime_error(
      fmt::format("a rule \"guest {} to {}\" was added without privileges", guest, target));
}

}  // namespace vsockfwd::programs
