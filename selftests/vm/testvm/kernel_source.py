# SPDX-License-Identifier: GPL-2.0
"""Recipe: the parts of a kernel's source package that the tests use, built."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from testvm.apt import Apt
from testvm.kernels import Kernel
from testvm.process import run_logged

CHECKPATCH = "scripts/checkpatch.pl"
VSOCK_TESTS = "tools/testing/vsock"
VSOCK_PROGRAMS = ["vsock_test", "vsock_diag_test"]

_WANTED = [
    CHECKPATCH,
    "scripts/const_structs.checkpatch",
    "scripts/spelling.txt",
    "tools/include",
    VSOCK_TESTS,
]


def build(apt: Apt, kernel: Kernel, folder: Path) -> None:
    """Makes `folder` the top of a tree that has the wanted parts only."""
    log = folder / "log"
    extract(apt, kernel, folder, log, _WANTED)
    # Static, because they run in guests too, which have no libraries.
    tests = str(folder / VSOCK_TESTS)
    run_logged(["make", "-C", tests, "LDFLAGS=-static", *VSOCK_PROGRAMS], log)


def extract(
    apt: Apt, kernel: Kernel, tree: Path, log: Path, paths: Sequence[str] = ("",)
) -> None:
    """Makes `tree` the top of the kernel's source, or of those parts of it."""
    tree.mkdir(exist_ok=True)
    unpacked = log.parent / "package"
    apt.unpack([kernel.source], unpacked, log)
    (archive,) = (unpacked / "usr/src").glob("linux-source-*.tar.xz")
    top = archive.name.removesuffix(".tar.xz")
    run_logged(
        ["tar", "--extract", f"--file={archive}", f"--directory={tree}"]
        + ["--strip-components=1", *(f"{top}/{path}".rstrip("/") for path in paths)],
        log,
    )
    shutil.rmtree(unpacked)
