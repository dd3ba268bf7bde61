// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_FAKE_HOST_H
#define VSOCKFWD_VSOCKFWD_FAKE_HOST_H

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "lib/fake_family.h"
#include "lib/fake_module.h"
#include "lib/unique_fd.h"
#include "vsockfwd/command.h"

namespace vsockfwd {

/// A directory with the files of a host, and a module that plays along. For tests.
class FakeHost {
 public:
  FakeHost() {
    auto name = ::testing::TempDir() + "vsockfwd-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    machine_.root = name;
    machine_.ioctl = module.ioctl();
    machine_.netlink = family.netlink();
  }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;
  ~FakeHost() { std::filesystem::remove_all(machine_.root); }

  FakeModule module;
  FakeFamily family;

  [[nodiscard]] const Machine& machine() const { return machine_; }

  /// Writes the file with this absolute name.
  void write(std::string_view name, std::string_view content) const {
    const auto path = machine_.path(name);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream file(path, std::ios::binary);
    if (!(file << content).flush()) throw std::runtime_error("cannot write " + path.string());
  }

  /// Makes this what the program reads from standard input.
  void type(std::string_view text) {
    write("/input", text);
    input_.reset(::open(machine_.path("/input").c_str(), O_RDONLY | O_CLOEXEC));
    machine_.input = input_.get();
  }

  void remove(std::string_view name) const { std::filesystem::remove_all(machine_.path(name)); }

  /// Puts the device there.
  void load_module() const {
    write("/dev/vhost-vsock-fwd", "");
    std::filesystem::permissions(machine_.path("/dev/vhost-vsock-fwd"),
                                 std::filesystem::perms(0660));
    write("/sys/module/vhost_vsock_fwd/version", "0.1.0\n");
  }

  /// Makes this a host on which nothing is missing.
  void complete() const {
    load_module();
    write("/sys/module/vhost_vsock/initstate", "live\n");
    write("/dev/vhost-vsock", "");
    write("/proc/sys/kernel/osrelease", "6.12.0-test\n");
    write("/proc/sys/kernel/ftrace_enabled", "1\n");
    write("/proc/sys/kernel/modules_disabled", "0\n");
    write("/proc/self/status", "Name:\tvsockfwd\nCapEff:\t000001ffffffffff\nCapBnd:\t0\n");
    write("/boot/config-6.12.0-test",
          "# a comment\nCONFIG_KPROBES=y\nCONFIG_DYNAMIC_FTRACE_WITH_ARGS=y\n");
    write("/lib/modules/6.12.0-test/modules.dep",
          "kernel/drivers/vhost/vhost_vsock.ko.xz: kernel/drivers/vhost/vhost.ko.xz\n"
          "updates/dkms/vhost_vsock_fwd.ko: kernel/drivers/vhost/vhost_vsock.ko.xz\n");
    write("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
    write("/sys/module/module/parameters/sig_enforce", "N\n");
    write("/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
          std::string_view("\6\0\0\0\0", 5));
  }

 private:
  Machine machine_;
  UniqueFd input_;
};

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_FAKE_HOST_H
