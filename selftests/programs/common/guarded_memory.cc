// SPDX-License-Identifier: GPL-2.0
#include "common/guarded_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>

#include "guest/failure.h"

namespace vsockfwd::programs {
namespace {

constexpr std::size_t page_size = 4096;

}  // namespace

void GuardedMemory::Unmap::operator()(std::byte* start) const {
  ::munmap(start, size);
}

Result<GuardedMemory> GuardedMemory::create(std::span<const std::byte> contents) {
  const std::size_t usable = (contents.size() + page_size - 1) / page_size * page_size;
  const std::size_t size = usable + page_size;
  void* const address =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) return errno_failure(fmt::format("cannot map {} bytes", size), errno);

  Mapping mapping(static_cast<std::byte*>(address), Unmap{size});
  std::byte* const guard = mapping.get() + usable;
  if (::mprotect(guard, page_size, PROT_NONE) < 0) {
    return errno_failure("cannot protect a page", errno);
  }
  const std::span bytes(guard - contents.size(), contents.size());
  std::ranges::copy(contents, bytes.begin());
  return GuardedMemory(std::move(mapping), bytes);
}

Result<void> GuardedMemory::make_read_only() const {
  if (::mprotect(mapping_.get(), mapping_.get_deleter().size - page_size, PROT_READ) == 0)
    return {};
  return errno_failure("cannot make memory read-only", errno);
}

}  // namespace vsockfwd::programs
