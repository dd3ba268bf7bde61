// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_FWD_DEVICE_H
#define VSOCKFWD_LIB_FWD_DEVICE_H

#include <linux/vhost_vsock_fwd.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/fwd_error.h"
#include "lib/result.h"
#include "lib/rule.h"
#include "lib/unique_fd.h"

namespace vsockfwd {

/// ioctl(2): returns a negative number and sets errno when it fails.
using IoctlFunction = std::function<int(int fd, unsigned long request, void* argument)>;

/// The kernel's own ioctl(2).
int system_ioctl(int fd, unsigned long request, void* argument);

/// Fails unless the module that answered speaks the version of the API that this program was built
/// for.
Result<void> require_api_version(const vhost_vsock_fwd_info& info);

/// Descriptors of /dev/vhost-vsock, by which somebody without CAP_NET_ADMIN proves whose guests he
/// runs. Whoever holds them owns them.
struct Proof {
  /// The one of the guest that a rule is for.
  std::optional<int> guest_fd;
  /// The one of the parent, if that is a guest.
  std::optional<int> parent_fd;
};

/// What the module says about a rule, without its number.
Rule rule_of(const vhost_vsock_fwd_rule& listed);

/// An open /dev/vhost-vsock-fwd. One object at a time may be used by one thread.
class FwdDevice {
 public:
  /// Opens the device at `path`. The API version of the module is not looked at: pass info() to
  /// require_api_version() before anything else.
  static Result<FwdDevice> open(const std::filesystem::path& path,
                                IoctlFunction ioctl = system_ioctl);

  /// What the module is, offers and does.
  [[nodiscard]] Result<vhost_vsock_fwd_info> info() const;

  /// Adds a rule. One that is not persistent goes when this object does, and one with proof goes
  /// with the guest, too: it must not be persistent.
  [[nodiscard]] Result<void> rule_add(const Rule& rule, const Proof& proof = {}) const;

  /// Deletes the rule of a guest for exactly these ports, whoever added it. The code of the error
  /// is ENOENT if there is none.
  [[nodiscard]] Result<void> rule_del(Cid guest_cid, PortRange ports = every_port) const;

  /// Lets programs of the host bind to a CID that is not its own; 0 takes that back. The code of
  /// the error is ENOENT if there is nothing to take back.
  [[nodiscard]] Result<void> set_host_alias(Cid cid) const;

  /// All rules, oldest first. Rules that come or go while the pages are read may be missing or
  /// still be there; every other rule is there exactly once.
  [[nodiscard]] Result<std::vector<vhost_vsock_fwd_rule>> rules() const;

 private:
  FwdDevice(UniqueFd fd, IoctlFunction ioctl);

  /// Makes one request; `what` says what cannot be done if it fails.
  Result<void> call(FwdRequest request, unsigned long number, void* argument,
                    std::string_view what) const;

  UniqueFd fd_;
  IoctlFunction ioctl_;
};

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_FWD_DEVICE_H
