// SPDX-License-Identifier: GPL-2.0
// Tells what a register of an enclave's security module holds, in the enclave.
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/program.h"
#include "guest/failure.h"
#include "lib/unique_fd.h"

namespace vsockfwd::programs {
namespace {

constexpr const char* device = "/dev/nsm";

// As <linux/nsm.h> has it, which comes with newer headers only.
struct NsmBytes {
  std::uint64_t address;
  std::uint64_t length;
};
struct NsmRaw {
  NsmBytes request;
  NsmBytes response;
};
constexpr unsigned long nsm_ioctl_raw = _IOWR(0x0a, 0x0, NsmRaw);
constexpr std::size_t response_max = 0x3000;

// In CBOR: {"DescribePCR": {"index": N}}, and the key of the answer with the head of its 48 bytes.
constexpr std::string_view request_begin =
    "\xa1\x6b"
    "DescribePCR"
    "\xa1\x65"
    "index"
    "\x18";
constexpr std::string_view answer_key =
    "\x64"
    "data"
    "\x58\x30";
constexpr std::size_t register_size = 48;

std::uint64_t address_of(const char* bytes) {
  return reinterpret_cast<std::uintptr_t>(bytes);
}

/// Sends a request, and returns the answer, both in CBOR.
Result<std::string> ask(std::string_view request) {
  const UniqueFd fd(::open(device, O_RDWR | O_CLOEXEC));
  if (!fd) return errno_failure(fmt::format("cannot open {:?}", device), errno);
  std::string response(response_max, '\0');
  NsmRaw raw{{address_of(request.data()), request.size()},
             {address_of(response.data()), response.size()}};
  if (::ioctl(fd.get(), nsm_ioctl_raw, &raw) < 0) {
    return errno_failure(fmt::format("cannot ask {:?}", device), errno);
  }
  response.resize(raw.response.length);
  return response;
}

Result<std::string> read_register(unsigned index) {
  return ask(std::string(request_begin) + static_cast<char>(index))
      .and_then([](const std::string& answer) -> Result<std::string> {
        const auto key = answer.find(answer_key);
        if (key == std::string::npos || answer.size() < key + answer_key.size() + register_size) {
          return Failure(Error{fmt::format("the answer is {:?}", answer), {}, EBADMSG});
        }
        const auto* const first =
            reinterpret_cast<const unsigned char*>(&answer[key + answer_key.size()]);
        return fmt::format("{:02x}", fmt::join(std::span(first, register_size), ""));
      });
}

}  // namespace
}  // namespace vsockfwd::programs

int main(int argc, char** argv) {
  using namespace vsockfwd::programs;
  CLI::App app("Prints what a register of the enclave's security module holds, in hexadecimal.");
  unsigned index = 0;
  app.add_option("index", index, "of the register: 0 is the image, 1 what boots, 2 the application")
      ->required()
      ->check(CLI::Range(0, 31));
  app.callback([&index] { fmt::print("{}\n", value_or_fail(read_register(index))); });
  return run_program(app, argc, argv);
}
