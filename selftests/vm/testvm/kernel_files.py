# SPDX-License-Identifier: GPL-2.0
"""Recipe: a Debian kernel, its modules, and what boots it."""

import re
import shutil
from pathlib import Path

from testvm.apt import Apt
from testvm.debootstrap import ext4_disk
from testvm.errors import Failure
from testvm.initramfs import GUEST, HOST, write_initramfs
from testvm.kernels import Kernel
from testvm.process import run_logged

BUSYBOX = "busybox-static"


def build(apt: Apt, kernel: Kernel, folder: Path) -> None:
    """Makes vmlinuz, modules.ext4, initrd and guest-initrd in `folder`."""
    log = folder / "log"
    root = folder / "root"
    root.mkdir()
    apt.unpack([*_real_packages(apt, kernel.image), BUSYBOX], root, log)

    (modules,) = [path.parent for path in root.glob("**/modules/*/kernel")]
    version = modules.name
    if not version.startswith(kernel.name + "."):
        raise Failure(f"'{kernel.image}' is {version} now, no longer {kernel.name}")
    # Newer packages have the kernel beside its modules.
    (vmlinuz,) = [*root.glob("boot/vmlinuz-*"), *modules.glob("vmlinuz")]
    vmlinuz.rename(folder / "vmlinuz")

    # Newer packages have the modules in /usr/lib; the tools want /lib.
    base = folder / "base"
    (base / "lib").mkdir(parents=True)
    modules.parent.rename(base / "lib/modules")
    # Emulated CPUs take long to decompress.
    find = ["find", str(base), "-name", "*.ko.xz"]
    run_logged([*find, "-exec", "xz", "-d", "{}", "+"], log)
    run_logged(["depmod", "--basedir", str(base), version], log)

    pack_kernel(root, base, version, folder, log)


def pack_kernel(root: Path, base: Path, version: str, folder: Path, log: Path) -> None:
    """Makes all but vmlinuz in `folder`, of busybox in `root` and of the modules in `base`; removes both."""
    (busybox,) = [path for path in root.glob("**/bin/busybox") if path.is_file()]
    write_initramfs(HOST, base, version, busybox, folder / "initrd", log)
    write_initramfs(GUEST, base, version, busybox, folder / "guest-initrd", log)
    ext4_disk(base / "lib/modules", folder / "modules.ext4", spare_mib=8, log=log)
    shutil.rmtree(root)
    shutil.rmtree(base)


def _real_packages(apt: Apt, package: str) -> list[str]:
    # With those that it depends on: some have no files of their own.
    dependencies = apt.record(package).get("Depends", "")
    depended = re.findall(r"\blinux-(?:image|base|binary|modules)-\d\S*-cloud-\S+", dependencies)
    below = {name for dependency in depended for name in _real_packages(apt, dependency)}
    return sorted({apt.newest(package), *below})
