// SPDX-License-Identifier: GPL-2.0
#include "guest/shared_memory.h"

#include <sys/mman.h>

#include <cerrno>
#include <utility>

#include "guest/failure.h"

namespace vsockfwd::guest {

Result<SharedMemory> SharedMemory::create(std::size_t size) {
  void* const data =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) {
    return errno_failure(fmt::format("cannot map {} bytes of guest memory", size), errno);
  }
  return SharedMemory(static_cast<std::byte*>(data), size);
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

}  // namespace vsockfwd::guest
