// SPDX-License-Identifier: GPL-2.0
#include "guest/vhost_vsock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/vhost.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <new>

#include "guest/failure.h"

namespace vsockfwd::guest {
namespace {

std::uint64_t process_address(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

}  // namespace

template <typename T>
Result<void> VhostVsock::call(unsigned long request, T* argument, std::string_view what) const {
  if (::ioctl(fd_.get(), request, argument) >= 0) return {};
  return errno_failure(what, errno);
}

Result<VhostVsock> VhostVsock::open(const std::filesystem::path& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd) {
    return errno_failure(fmt::format("cannot open {:?}", path.native()), errno,
                         "is the kernel module vhost_vsock loaded?");
  }
  VhostVsock vhost(std::move(fd));
  return vhost.call<void>(VHOST_SET_OWNER, nullptr, "cannot own the vhost device").map([&] {
    return std::move(vhost);
  });
}

Result<void> VhostVsock::set_features(std::uint64_t features) const {
  return call(VHOST_SET_FEATURES, &features,
              fmt::format("cannot set the vhost features {:#x}", features));
}

Result<void> VhostVsock::set_memory(const SharedMemory& memory) const {
  // The table ends with an array of any length, which C++ has no type for.
  struct Table {
    alignas(vhost_memory) std::byte bytes[sizeof(vhost_memory) + sizeof(vhost_memory_region)] = {};
  } storage;
  auto* const table = new (storage.bytes) vhost_memory{.nregions = 1, .padding = 0};
  table->regions[0] = {
      .guest_phys_addr = SharedMemory::guest_base,
      .memory_size = memory.size(),
      .userspace_addr = process_address(memory.data()),
      .flags_padding = 0,
  };
  return call(VHOST_SET_MEM_TABLE, table, "cannot set the guest's memory");
}

Result<void> VhostVsock::set_ring(VhostQueue queue, const Vring& ring, int kick_fd,
                                  int call_fd) const {
  const auto index = static_cast<unsigned>(queue);
  vhost_vring_state size{.index = index, .num = ring.size()};
  vhost_vring_state base{.index = index, .num = 0};
  vhost_vring_addr address{
      .index = index,
      .flags = 0,
      .desc_user_addr = process_address(ring.descriptors()),
      .used_user_addr = process_address(ring.used()),
      .avail_user_addr = process_address(ring.available()),
      .log_guest_addr = 0,
  };
  vhost_vring_file kick_file{.index = index, .fd = kick_fd};
  vhost_vring_file call_file{.index = index, .fd = call_fd};

  const auto what = fmt::format("cannot set up virtqueue {}", index);
  return call(VHOST_SET_VRING_NUM, &size, what)
      .and_then([&] { return call(VHOST_SET_VRING_BASE, &base, what); })
      .and_then([&] { return call(VHOST_SET_VRING_ADDR, &address, what); })
      .and_then([&] { return call(VHOST_SET_VRING_KICK, &kick_file, what); })
      .and_then([&] { return call(VHOST_SET_VRING_CALL, &call_file, what); });
}

Result<void> VhostVsock::set_guest_cid(Cid cid) const {
  std::uint64_t wide = cid;
  return call(VHOST_VSOCK_SET_GUEST_CID, &wide,
              fmt::format("cannot be the guest with CID {}", cid));
}

Result<void> VhostVsock::start() const {
  int running = 1;
  return call(VHOST_VSOCK_SET_RUNNING, &running, "cannot start the vhost device");
}

}  // namespace vsockfwd::guest
