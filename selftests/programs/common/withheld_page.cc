// SPDX-License-Identifier: GPL-2.0
#include "common/withheld_page.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace vsockfwd::programs {
namespace {

constexpr std::size_t page_size = 4096;

void expect(bool holds, const char* what) {
  if (!holds) throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

WithheldPage::WithheldPage()
    : faults_(static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC))),
      page_(
          ::mmap(nullptr, page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
  uffdio_api api{.api = UFFD_API, .features = 0, .ioctls = 0};
  uffdio_register range{.range = {.start = address(), .len = page_size},
                        .mode = UFFDIO_REGISTER_MODE_MISSING,
                        .ioctls = 0};
  expect(faults_ && page_ != MAP_FAILED && ::ioctl(faults_.get(), UFFDIO_API, &api) == 0 &&
             ::ioctl(faults_.get(), UFFDIO_REGISTER, &range) == 0,
         "cannot withhold a page");
}

WithheldPage::~WithheldPage() {
  ::munmap(page_, page_size);
}

void WithheldPage::wait_for_reader() const {
  uffd_msg message{};
  expect(::read(faults_.get(), &message, sizeof(message)) == sizeof(message), "nobody reads");
}

void WithheldPage::give(std::uint64_t value) const {
  std::array<std::uint64_t, page_size / sizeof(value)> content{};
  content[0] = value;
  uffdio_copy copy{.dst = address(),
                   .src = reinterpret_cast<std::uintptr_t>(content.data()),
                   .len = page_size,
                   .mode = 0,
                   .copy = 0};
  expect(::ioctl(faults_.get(), UFFDIO_COPY, &copy) == 0, "cannot give a page");
}

}  // namespace vsockfwd::programs
