# SPDX-License-Identifier: GPL-2.0
"""Initial RAM file systems: busybox, an init script, and a few kernel modules."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from testvm.process import output_of, run_logged

INSIDE = Path(__file__).resolve().parent.parent / "inside"


@dataclass(frozen=True)
class Initramfs:
    """What an initial RAM file system holds beside busybox."""

    init: Path
    modules: tuple[str, ...]
    newer_modules: tuple[str, ...] = ()
    """Those that not every kernel has."""


HOST = Initramfs(INSIDE / "initrd-init.sh", ("virtio_pci", "virtio_blk", "ext4"))
GUEST = Initramfs(
    INSIDE / "guest-init.sh",
    (
        "virtio_pci",
        "virtio_mmio",
        "virtio_net",
        "vmw_vsock_virtio_transport",
        "vsock_loopback",
        "vsock_diag",
        "vsockmon",
        "vhost_vsock",
    ),
    ("nsm",),
)
INIT_SCRIPTS = [str(HOST.init), str(GUEST.init)]


def write_initramfs(
    what: Initramfs, base: Path, version: str, busybox: Path, archive: Path, log: Path
) -> None:
    """Writes an archive with the modules of `base`/lib/modules/`version`."""
    root = archive.with_name(archive.name + ".root")
    for folder in ("bin", "dev", "proc", "sys", "run", "tmp", "mnt"):
        (root / folder).mkdir(parents=True)
    shutil.copy(busybox, root / "bin/busybox")
    (root / "bin/sh").symlink_to("busybox")
    shutil.copy(what.init, root / "init")
    (root / "init").chmod(0o755)
    there = tuple(name for name in what.newer_modules if any(base.glob(f"**/{name}.ko")))
    for module in _with_dependencies((*what.modules, *there), base, version):
        copy = root / module.relative_to(base)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(module, copy)
    for name in ("modules.builtin", "modules.order"):
        (root / "lib/modules" / version).mkdir(parents=True, exist_ok=True)
        shutil.copy(base / "lib/modules" / version / name, root / "lib/modules" / version / name)
    run_logged(["depmod", "--basedir", str(root), version], log)
    write_cpio(root, archive, log)
    shutil.rmtree(root)


def write_cpio(folder: Path, archive: Path, log: Path) -> None:
    """Packs a folder in the one format that the kernel reads; not compressed."""
    pack = f"cd '{folder}' && find . | cpio --quiet -o -H newc -R 0:0 > '{archive}'"
    run_logged(["sh", "-c", pack], log)


def _with_dependencies(modules: tuple[str, ...], base: Path, version: str) -> set[Path]:
    modprobe = ["modprobe", "--dirname", str(base), "--set-version", version]
    shown = output_of([*modprobe, "--show-depends", "-a", *modules])
    # Lines without a file are of what is built into the kernel.
    return {Path(path) for path in re.findall(r"(?m)^insmod (\S+)", shown)}
