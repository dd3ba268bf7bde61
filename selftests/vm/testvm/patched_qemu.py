# SPDX-License-Identifier: GPL-2.0
"""Recipe: QEMU with the patches of qemu-patches/, and with the nitro-enclave machine.

Debian's own QEMU has no such machine. What results brings its C library and all
else that it needs, and so runs on the machine, in the virtual machines, wherever.
"""

import os
import re
import shutil
from pathlib import Path

from testvm.chroot import inside
from testvm.process import output_of, run_logged
from testvm.tree import QEMU_PATCHES

RELEASES = tuple(sorted(path.parent.name for path in QEMU_PATCHES.glob("*/series")))
DEBIAN_RELEASE = "trixie"
# No bzip2: where it is missing, QEMU does not unpack firmware that Debian's source lacks.
BUILD_PACKAGES = [
    "binutils",
    "bison",
    "flex",
    "gcc",
    "libc6-dev",
    "libcbor-dev",
    "libfdt-dev",
    "libglib2.0-dev",
    "libgnutls28-dev",
    "meson",
    "ninja-build",
    "patch",
    "perl",
    "pkgconf",
    "python3",
    "python3-pycotap",
    "python3-qemu-qmp/trixie-backports",
    "python3-setuptools",
    "python3-venv",
    "python3-wheel",
    "qemu-system-data",
    "seabios",
    "zlib1g-dev",
]
PROGRAM = "qemu-system-x86_64"
FOLDER = "qemu"

_DEVICES = "CONFIG_NITRO_ENCLAVE=y\nCONFIG_VHOST_VSOCK=y\n"
_CONFIGURE = [
    *("../src/configure", "--target-list=x86_64-softmmu", "--python=/usr/bin/python3"),
    *("--without-default-features", "--without-default-devices", "--with-devices-x86_64=nitro"),
    *("--enable-system", "--enable-kvm", "--enable-tcg", "--enable-fdt=system"),
    *("--enable-vhost-kernel", "--enable-vhost-user", "--enable-gnutls", "--enable-libcbor"),
    *("--disable-docs", "--disable-install-blobs", "--disable-debug-info", "--disable-werror"),
]
_FIRMWARE = ("bios-microvm.bin", "qboot.rom", "linuxboot_dma.bin", "pvh.bin")
_LOADER = "ld-linux-x86-64.so.2"
_START = f"""#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
exec "$here/lib/{_LOADER}" --library-path "$here/lib" "$here/lib/{PROGRAM}" -L "$here/share" "$@"
"""


def series(release: str) -> list[Path]:
    """The patches of a release, in the order in which they apply."""
    folder = QEMU_PATCHES / release
    return [folder / name for name in (folder / "series").read_text().split()]


def build(root: Path, source: Path, release: str, folder: Path) -> None:
    """Makes `folder`/qemu/qemu-system-x86_64, and beside it what that needs.

    root: a folder with BUILD_PACKAGES.
    """
    log = folder / "log"
    work = folder / "work"
    extract(source, work / "src", log)
    for patch in series(release):
        shutil.copy(patch, work)
        apply = ["patch", "-d", "src", "-p1", "--batch", "-i", f"/repo/{patch.name}"]
        run_logged([*inside(root, work), *("env", "-C", "/repo", *apply)], log)
    configure(root, work, log)
    compile_program(root, work, log)
    _pack(root, work, folder / FOLDER)
    shutil.rmtree(work)


def extract(source: Path, tree: Path, log: Path) -> None:
    """Makes the new folder `tree` the top of QEMU's source."""
    tree.mkdir(parents=True)
    run_logged(["tar", "-x", "-f", str(source), "-C", str(tree), "--strip-components=1"], log)


def configure(root: Path, work: Path, log: Path) -> None:
    """Prepares a build of `work`/src in `work`/build."""
    (work / "src/configs/devices/x86_64-softmmu/nitro.mak").write_text(_DEVICES)
    (work / "build").mkdir()
    run_logged([*inside(root, work), "env", "-C", "/repo/build", *_CONFIGURE], log)


def compile_program(root: Path, work: Path, log: Path) -> None:
    """Builds what has changed since the last time."""
    ninja = ["ninja", "-C", "/repo/build", f"-j{os.cpu_count()}", PROGRAM]
    run_logged([*inside(root, work), *ninja], log)


def _pack(root: Path, work: Path, packed: Path) -> None:
    built = f"/repo/build/{PROGRAM}"
    libraries = re.findall(r"/\S+", output_of([*inside(root, work), "ldd", built]))
    (packed / "lib").mkdir(parents=True)
    (packed / "share").mkdir()
    for library in libraries:
        shutil.copy(root / library.lstrip("/"), packed / "lib")
    run_logged(
        [*inside(root, work, packed), "strip", "-o", f"/mnt/lib/{PROGRAM}", built], work / "log"
    )
    for name in _FIRMWARE:
        (found,) = (
            path for path in (root / "usr/share/qemu" / name, root / "usr/share/seabios" / name)
            if path.is_file()
        )
        shutil.copy(found, packed / "share")
    start = packed / PROGRAM
    start.write_text(_START)
    start.chmod(0o755)
