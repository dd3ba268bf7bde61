# SPDX-License-Identifier: GPL-2.0
"""Recipe: QEMU with the patches of qemu-patches/, and with the nitro-enclave machine.

Debian's own QEMU has no such machine. What results brings its C library and all
else that it needs, and so runs on the machine, in the virtual machines, wherever.
"""

import os
import re
import shutil
import subprocess
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
    "device-tree-compiler",
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
# What run_own_test() takes of a tree.
_TEST_PARTS = ("python", "tests/functional")
_FIRMWARE = (
    "qemu/linuxboot_dma.bin",
    "qemu/pvh.bin",
    "qemu/qboot.rom",
    "seabios/bios-microvm.bin",
)
_LOADER = "ld-linux-x86-64.so.2"
_START = f"""#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
exec "$here/lib/{_LOADER}" --library-path "$here/lib" "$here/lib/{PROGRAM}" -L "$here/share" "$@"
"""


def series(release: str) -> list[Path]:
    """The patches of a release, in the order in which they apply."""
    folder = QEMU_PATCHES / release
    names = re.findall(r"(?m)^[^#\s]\S*", (folder / "series").read_text())
    return [folder / name for name in names]


def build(root: Path, source: Path, release: str, folder: Path) -> None:
    """Makes `folder`/qemu/qemu-system-x86_64 with what that needs, and `folder`/tests.

    root: a folder with BUILD_PACKAGES.
    source: archive with QEMU's source.
    """
    log = folder / "log"
    work = folder / "work"
    tree = work / "src"
    tree.mkdir(parents=True)
    run_logged(["tar", "-xf", str(source), "-C", str(tree), "--strip-components=1"], log)
    for patch in series(release):
        apply = ["patch", "-p1", "--batch", "-d", "/repo/src", "-i", f"/mnt/{patch.name}"]
        run_logged([*inside(root, work, patch.parent), *apply], log)
    build_tree(root, work, log)
    _pack(root, work, folder / FOLDER)
    for part in _TEST_PARTS:
        shutil.copytree(tree / part, folder / "tests" / part)
    shutil.rmtree(work)


def build_tree(root: Path, work: Path, log: Path) -> None:
    """Builds `work`/src in `work`/build, or what has changed there since the last time."""
    run = inside(root, work)
    if not (work / "build").is_dir():
        (work / "src/configs/devices/x86_64-softmmu/nitro.mak").write_text(_DEVICES)
        (work / "build").mkdir()
        run_logged([*run, "env", "-C", "/repo/build", *_CONFIGURE], log)
    ninja = ["ninja", "-C", "/repo/build", f"-j{os.cpu_count()}", PROGRAM]
    run_logged([*run, *ninja], log)


def run_own_test(root: Path, tree: Path, program: Path) -> str:
    """Runs the test that the series adds to QEMU; returns what it prints, which is TAP.

    tree: a tree of QEMU, or `folder`/tests of build().
    program: the program to test.
    """
    (test,) = tree.glob("tests/functional/**/test_*nitro_enclave.py")
    variables = [
        "PYTHONPATH=/repo/python:/repo/tests/functional",
        f"QEMU_TEST_QEMU_BINARY=/mnt/{program.name}",
        # For the logs of the test.
        "MESON_BUILD_ROOT=/tmp",
        "QEMU_BUILD_ROOT=/tmp",
    ]
    command = ["env", *variables, "python3", "-B", f"/repo/{test.relative_to(tree)}"]
    run = [*inside(root, tree, program.parent), *command]
    return subprocess.run(run, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True).stdout


def _pack(root: Path, work: Path, packed: Path) -> None:
    built = f"/repo/build/{PROGRAM}"
    libraries = re.findall(r"/\S+", output_of([*inside(root, work), "ldd", built]))
    (packed / "lib").mkdir(parents=True)
    (packed / "share").mkdir()
    for library in libraries:
        shutil.copy(root / library.lstrip("/"), packed / "lib")
    strip = ["strip", "-o", f"/mnt/lib/{PROGRAM}", built]
    run_logged([*inside(root, work, packed), *strip], work / "log")
    for firmware in _FIRMWARE:
        shutil.copy(root / "usr/share" / firmware, packed / "share")
    start = packed / PROGRAM
    start.write_text(_START)
    start.chmod(0o755)
