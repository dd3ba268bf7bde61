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
#include <cerrno>
#include <map>
#include <set>
#include <stdexcept>
#include <thread>

#include "common/program.h"
#include "guest/failure.h"

namespace vsockfwd::programs {
namespace {

constexpr std::size_t structure_max = 5000;

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
    {VHOST_VSOCK_FWD_HOST_ALIAS,
     {E2BIG, EADDRINUSE, EBUSY, EFAULT, EINTR, EINVAL, ENOENT, ENOMEM, EOPNOTSUPP, EPERM}},
};

std::uint64_t address_of(const GuardedMemory& memory) {
  return reinterpret_cast<std::uintptr_t>(memory.bytes().data());
}

UniqueFd open_file(const char* path) {
  UniqueFd fd(::open(path, O_RDWR | O_CLOEXEC));
  if (!fd) fail(fmt::format("cannot open {:?}", path));
  return fd;
}

/// A guest that does nothing but have a CID. A former one may still be there for a moment: while
/// the module looks at its descriptor, for another thread.
UniqueFd make_guest(Cid cid) {
  auto fd = open_file("/dev/vhost-vsock");
  if (::ioctl(fd.get(), VHOST_SET_OWNER) < 0) fail("cannot own a guest");
  const std::uint64_t value = cid;
  const auto end = Clock::now() + std::chrono::seconds(10);
  while (::ioctl(fd.get(), VHOST_VSOCK_SET_GUEST_CID, &value) < 0) {
    if (errno != EADDRINUSE || Clock::now() > end) fail(fmt::format("cannot be guest {}", cid));
    std::this_thread::yield();
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
      memory_(value_or_fail(GuardedMemory::create(std::vector<std::byte>(structure_max)))),
      entries_(value_or_fail(GuardedMemory::create(
          std::vector<std::byte>(VHOST_VSOCK_FWD_LIST_MAX * sizeof(vhost_vsock_fwd_rule))))) {}

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
  if (request.number == VHOST_VSOCK_FWD_RULE_LIST) keep_list_in_bounds(call);
  return call;
}

/// Otherwise the module would write where it is told to, which may be anything of ours.
void IoctlFuzzer::keep_list_in_bounds(Call& call) const {
  const auto field = value_or_fail(call.request->field("entries"));
  if (call.structure.size() < field.offset + field.size) return;
  const auto entries = field.get(call.structure);
  if (std::ranges::find(odd_values, entries) == std::end(odd_values)) {
    field.set(call.structure, address_of(entries_));
  }
}

/// A request as somebody might mean it.
void IoctlFuzzer::fill(Call& call) {
  for (const auto& field : call.request->fields) {
    if (!field.out || field.name == "count") field.set(call.structure, value_for(field.name));
  }
  if (call.number == VHOST_VSOCK_FWD_RULE_ADD) fill_add(call);
}

std::uint64_t IoctlFuzzer::value_for(std::string_view name) {
  if (name == "guest_cid") return random_.once_in(2) ? own_guest_ : random_.pick(guests);
  if (name == "port_first") return 1 + random_.below(8);
  if (name == "port_last") return 8 + random_.below(8);
  if (name == "entries") return address_of(entries_);
  if (name == "entry_size") return sizeof(vhost_vsock_fwd_rule);
  if (name == "count") return random_.below(VHOST_VSOCK_FWD_LIST_MAX + 1);
  return 0;
}

/// What a new rule says has to fit together, or else it goes no further than the first look.
void IoctlFuzzer::fill_add(Call& call) {
  const auto set = [&](std::string_view name, std::uint64_t value) {
    value_or_fail(call.request->field(name)).set(call.structure, value);
  };
  std::uint64_t flags = 0;
  const bool denies = random_.once_in(4);
  if (denies) flags |= VHOST_VSOCK_FWD_RULE_DENY;
  if (random_.once_in(8)) flags |= VHOST_VSOCK_FWD_RULE_PERSIST;
  if (random_.once_in(2)) flags |= VHOST_VSOCK_FWD_RULE_GUEST_FD;
  const bool has_parent = !denies && random_.once_in(8);
  if (has_parent && random_.once_in(2)) flags |= VHOST_VSOCK_FWD_RULE_PARENT_FD;

  set("flags", flags);
  set("from_cid", parent_cid);
  if (!denies) set("to_cid", has_parent ? random_.pick(guests) : host_cid);
  if (random_.once_in(4)) {
    set("port_first", 0);
    set("port_last", 0);
  } else if (!denies && random_.once_in(2)) {
    set("to_port", 1 + random_.below(8));
  }
  if ((flags & VHOST_VSOCK_FWD_RULE_GUEST_FD) != 0) set("guest_fd", some_descriptor());
  if ((flags & VHOST_VSOCK_FWD_RULE_PARENT_FD) != 0) set("parent_fd", some_descriptor());
}

/// That of our guest, or one of those that somebody else in this process has open, or nobody.
std::uint64_t IoctlFuzzer::some_descriptor() {
  return random_.once_in(4) ? random_.below(32) : static_cast<std::uint64_t>(vhost_.get());
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
      structure.resize(random_.below(structure_max), std::byte(random_.below(2)));
      break;
    case 2:
      structure.resize(std::min(structure.size() + random_.below(64), structure_max), std::byte(0));
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

/// Returns 0 or an errno.
int IoctlFuzzer::make(Call call) {
  if (!shared_.empty() && random_.once_in(4)) {
    return ::ioctl(device_.get(), call.number, shared_.data()) < 0 ? errno : 0;
  }
  auto& structure = call.structure;
  const auto& size = call.request->fields.front();
  if (structure.size() >= size.size && size.get(structure) == 0 && !random_.once_in(16)) {
    size.set(structure, structure.size());
  }
  const int code = ::ioctl(device_.get(), call.number, place(call)) < 0 ? errno : 0;
  check(call, code);
  return code;
}

/// Where the module finds the structure of a call, if at all.
void* IoctlFuzzer::place(const Call& call) {
  if (random_.once_in(32)) return reinterpret_cast<void*>(random_.pick(odd_values));
  if (random_.once_in(32)) {
    read_only_.emplace(value_or_fail(GuardedMemory::create(call.structure)));
    value_or_fail(read_only_->make_read_only());
    return read_only_->bytes().data();
  }
  const auto bytes = memory_.bytes().last(call.structure.size());
  std::ranges::copy(call.structure, bytes.begin());
  return bytes.data();
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
