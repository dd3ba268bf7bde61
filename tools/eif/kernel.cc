// SPDX-License-Identifier: Apache-2.0
#include "eif/kernel.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>

namespace vsockfwd::eif {
namespace {

// Places in the setup header, as Documentation/arch/x86/boot.rst of Linux names them.
constexpr std::size_t header_at = 0x202;
constexpr std::string_view header_magic = "HdrS";
constexpr std::size_t cmdline_size_at = 0x238;

/// Little endian; the kernel is long enough.
std::uint32_t number_at(std::string_view kernel, std::size_t place) {
  std::uint32_t number = 0;
  for (std::size_t i = 4; i > 0;) {
    number = number << 8U | static_cast<unsigned char>(kernel[place + --i]);
  }
  return number;
}

}  // namespace

Result<void> check_kernel(std::string_view kernel, std::string_view cmdline) {
  if (kernel.size() < cmdline_size_at + 4 ||
      kernel.substr(header_at, header_magic.size()) != header_magic) {
    return Failure(Error{fmt::format("the kernel, of \"{}\" bytes, is no bzImage", kernel.size()),
                         fmt::format("a Linux kernel for x86-64 has {:?} at byte {:#x}; it is the "
                                     "file /boot/vmlinuz-…",
                                     header_magic, header_at)});
  }
  if (const auto nul = cmdline.find('\0'); nul != std::string_view::npos) {
    return Failure(Error{fmt::format("the command line ends at byte \"{}\", which is a NUL", nul),
                         "a command line is text"});
  }
  const auto most = number_at(kernel, cmdline_size_at);
  if (cmdline.size() > most) {
    return Failure(Error{fmt::format("the command line has \"{}\" bytes", cmdline.size()),
                         fmt::format("this kernel takes at most {}", most)});
  }
  return {};
}

}  // namespace vsockfwd::eif
