# SPDX-License-Identifier: GPL-2.0
"""Recipe: a Debian kernel, its modules, and what boots it."""

import re
import shutil
from pathlib import Path

from testvm.apt import Apt
from testvm.debootstrap import ext4_disk
from testvm.errors import Failure, run_logged
from testvm.initramfs import GUEST, HOST, write_initramfs
from testvm.kernels import Kernel

BUSYBOX = "busybox-static"


def build(apt: Apt, kernel: Kernel, folder: Path) -> None:
    """Makes vmlinuz, modules.ext4, initrd and guest-initrd in `folder`."""
    log = str(folder / "log")
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
    run_logged(["sh", "-c", f"find '{base}' -name '*.ko.xz' -print0 | xargs -0 -r -P0 -n64 xz -d"], log)
    run_logged(["depmod", "--basedir", str(base), version], log)

    (busybox,) = [path for path in root.glob("**/bin/busybox") if path.is_file()]
    write_initramfs(HOST, base, version, busybox, folder / "initrd", log)
    write_initramfs(GUEST, base, version, busybox, folder / "guest-initrd", log)
    ext4_disk(base / "lib/modules", folder / "modules.ext4", spare_mib=8, log=log)
    shutil.rmtree(root)
    shutil.rmtree(base)


def _real_packages(apt: Apt, package: str) -> list[str]:
    # From a package that only depends on the newest kernel to those with its files.
    dependencies = apt.record(package).get("Depends", "")
    real = re.findall(r"\blinux-(?:image|base|binary|modules)-\d\S*-cloud-\S+", dependencies)
    below = {name for dependency in real for name in _real_packages(apt, dependency)}
    return sorted({*real, *below})
