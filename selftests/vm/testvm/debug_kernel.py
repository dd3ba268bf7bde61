# SPDX-License-Identifier: GPL-2.0
"""Recipe: a kernel that checks itself, built from a Debian kernel's source package."""

import os
import shutil
from pathlib import Path

from testvm import kernel_source
from testvm.apt import Apt
from testvm.kernel_files import BUSYBOX, pack_kernel
from testvm.kernels import Kernel
from testvm.process import run_logged

CONFIG = Path(__file__).resolve().parent.parent / "debug.config"
TREE = "tree"
# Of a built tree, what building modules takes.
_KEPT = ("arch", "include", "scripts", "tools")


def build(apt: Apt, kernel: Kernel, folder: Path) -> None:
    """Makes what kernel_files.build() makes, and `folder`/tree, to build modules with."""
    log = folder / "log"
    tree = folder / TREE
    kernel_source.extract(apt, kernel, tree, log)

    def make(*arguments: str) -> None:
        run_logged(["make", "-C", str(tree), f"-j{os.cpu_count()}", *arguments], log)

    make("allnoconfig")
    run_logged(
        [str(tree / "scripts/kconfig/merge_config.sh"), "-m", "-O", str(tree)]
        + [str(tree / ".config"), str(CONFIG)],
        log,
    )
    make("olddefconfig")
    make("LOCALVERSION=-debug", "bzImage", "modules")

    base = folder / "base"
    make("LOCALVERSION=-debug", f"INSTALL_MOD_PATH={base}", "modules_install")
    version = (tree / "include/config/kernel.release").read_text().strip()
    shutil.copy(tree / "arch/x86/boot/bzImage", folder / "vmlinuz")
    for link in ("build", "source"):
        (base / "lib/modules" / version / link).unlink(missing_ok=True)

    for entry in tree.iterdir():
        if entry.is_dir() and entry.name not in _KEPT:
            shutil.rmtree(entry)
    run_logged(["find", str(tree / "arch"), "-name", "*.[oa]", "-delete"], log)

    root = folder / "root"
    root.mkdir()
    apt.unpack([BUSYBOX], root, log)
    pack_kernel(root, base, version, folder, log)
