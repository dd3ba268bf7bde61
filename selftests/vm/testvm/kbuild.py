# SPDX-License-Identifier: GPL-2.0
"""Builds modules for a kernel, in that kernel's build root."""

import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from testvm.chroot import inside
from testvm.errors import Failure
from testvm.images import Images
from testvm.kernels import Kernel
from testvm.process import tail
from testvm.tree import BUILD, KMOD, MODULE, TEST_MODULE, TEST_MODULES, UAPI

_BUILT = re.compile(r"\.(cmd|ko|mod|mod\.c|o|order|symvers)$|(^|/)config\.h$")


# The modules, and where their sources are.
SOURCES = {MODULE: KMOD, TEST_MODULE: TEST_MODULES}


def module_folder(kernel: Kernel) -> Path:
    """Where the modules for a kernel, and all that comes from building them, lie."""
    return BUILD / "kmod" / kernel.name


def run_make(
    images: Images,
    kernel: Kernel,
    module: str,
    arguments: list[str],
    output: IO[bytes] | None = None,
) -> int:
    """Runs make on a copy of a module's sources with the kernel's headers; returns its status.

    The module that results, if any, is module_folder()/`module`.
    """
    sources = SOURCES[module]
    root = images.build_root(kernel.release)
    headers = images.module_tree(kernel)
    # Headers of a package refer to others of the build root by their place in it.
    kdir = "/mnt" if kernel.debug else f"/{headers.relative_to(root)}"
    folder = module_folder(kernel)
    copy = folder / "src"
    with _sources_for(root, folder):
        for source in (sources, UAPI):
            update_copy(source, copy / source.name)
        status = subprocess.run(
            [
                *inside(root, copy, headers),
                *("make", "-C", f"/repo/{sources.name}", "--no-print-directory", f"-j{os.cpu_count()}"),
                f"KDIR={kdir}",
                *arguments,
            ],
            stdout=output,
            stderr=output,
        ).returncode
        if status == 0:
            _publish(copy / sources.name / module, folder / module)
    return status


@contextmanager
def _sources_for(root: Path, folder: Path) -> Iterator[None]:
    """Reserves `folder`/src, and empties it if what it has is of another build root."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "built-with", "a+") as built_with:
        fcntl.flock(built_with, fcntl.LOCK_EX)
        built_with.seek(0)
        if built_with.read() != str(root):
            shutil.rmtree(folder / "src", ignore_errors=True)
            built_with.truncate(0)
            built_with.write(str(root))
            built_with.flush()
        yield


def build_modules(images: Images, kernel: Kernel) -> None:
    """Builds all modules quietly; Failure shows what the compiler said."""
    log = module_folder(kernel) / "log"
    log.parent.mkdir(parents=True, exist_ok=True)
    for module in SOURCES:
        with open(log, "wb") as output:
            if run_make(images, kernel, module, ["modules"], output):
                raise Failure(f"{module} does not build for {kernel.name}:\n{tail(log, 40)}")


def update_copy(source: Path, copy: Path) -> None:
    """Makes `copy` hold the sources in `source`; touches only what differs.

    What was built beside the copies stays, and what a build by hand left beside
    the sources is not taken. Copies whose source went away are known from the
    list of what was copied the time before.
    """
    copy.mkdir(parents=True, exist_ok=True)
    manifest = copy / ".copied"
    files = (str(path.relative_to(source)) for path in source.rglob("*") if path.is_file())
    names = {name for name in files if not _BUILT.search(name)}
    before = set(manifest.read_text().splitlines()) if manifest.exists() else set()
    for name in before - names:
        (copy / name).unlink(missing_ok=True)
    for name in names:
        target = copy / name
        if not target.exists() or target.read_bytes() != (source / name).read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / name, target)
    manifest.write_text("".join(name + "\n" for name in sorted(names)))


def _publish(built: Path, target: Path) -> None:
    if not built.exists():
        target.unlink(missing_ok=True)
    elif not target.exists() or target.read_bytes() != built.read_bytes():
        shutil.copy(built, target)

