# SPDX-License-Identifier: GPL-2.0
"""Recipe: the source of a QEMU release, as Debian has it."""

import sys
from pathlib import Path

from testvm.apt import mirror
from testvm.errors import Failure
from testvm.process import run_logged
from testvm.source_packages import SourcePackages
from testvm.tree import QEMU_PATCHES

FILE = "qemu.tar.xz"
# Has the name and the SHA-256 of the archive that the patches were made for.
BASE = "base"


def build(packages: SourcePackages, release: str, folder: Path) -> None:
    """Makes `folder`/qemu.tar.xz."""
    log = folder / "log"
    try:
        archive = packages.fetch_program(f"qemu/{release}", folder, log)
    except Failure:
        # A mirror may have an older one, that its lists name no longer, in place of the newest.
        newest = packages.version(f"qemu/{release}")
        print(f"vm: the mirror lists QEMU {newest} and does not have it", file=sys.stderr)
        archive = _fetch_base(packages, release, folder, log)
    archive.rename(folder / FILE)


def _fetch_base(packages: SourcePackages, release: str, folder: Path, log: Path) -> Path:
    digest, name = (QEMU_PATCHES / release / BASE).read_text().split()[-2:]
    print(f"vm: trying {name}, which the patches were made for", file=sys.stderr)
    uri = f"{mirror().uri}/pool/main/q/qemu/{name}"
    archive = folder / name
    run_logged(
        ["/usr/lib/apt/apt-helper", "download-file", uri, str(archive), f"SHA256:{digest}"],
        log,
        env=packages.environment(),
    )
    return archive
