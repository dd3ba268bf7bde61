// SPDX-License-Identifier: Apache-2.0
#include "lib/loopback.h"

#include <fmt/format.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "lib/unique_fd.h"

namespace vsockfwd {
namespace {

Failure refuse(int code) {
  return Failure(Error{
      fmt::format("cannot bring up interface \"lo\": {}", std::generic_category().message(code)),
      code == EPERM ? "this needs the capability CAP_NET_ADMIN" : "", code});
}

}  // namespace

Result<void> bring_up_loopback() {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return refuse(errno);
  ifreq request{.ifr_ifrn = {.ifrn_name = "lo"}, .ifr_ifru = {}};
  if (::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) return refuse(errno);
  if ((request.ifr_flags & IFF_UP) != 0) return {};
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) return refuse(errno);
  return {};
}

}  // namespace vsockfwd
