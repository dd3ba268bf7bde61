# SPDX-License-Identifier: GPL-2.0
"""Root folders from Debian packages, and disks from folders."""

import shutil
from pathlib import Path

from testvm.apt import Apt
from testvm.process import output_of, run_logged

UNUSED_FILES = ("doc", "info", "locale", "man")


def bootstrap(apt: Apt, release: str, packages: list[str], root: Path, log: Path) -> None:
    """Installs a small Debian `release` with `packages` into the new folder `root`."""
    settings = root.with_name("apt.conf")
    settings.write_text(apt.settings)
    sources = root.with_name("sources.list")
    sources.write_text(apt.sources)
    run_logged(
        [
            "mmdebstrap",
            "--mode=root",
            "--variant=minbase",
            "--format=directory",
            f"--include={','.join(packages)}",
            f"--aptopt={settings}",
            *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in UNUSED_FILES),
            release,
            str(root),
            str(sources),
        ],
        log,
    )


def ext4_disk(folder: Path, disk: Path, spare_mib: int, log: Path) -> None:
    """Moves the contents of `folder` into a new file system with some free space."""
    used_mib = int(output_of(["du", "-sm", str(folder)]).split()[0])
    # A quarter more for inodes and other metadata.
    size_mib = used_mib * 5 // 4 + spare_mib
    # No journal: every boot works on a snapshot that is thrown away.
    options = ["-q", "-O", "^has_journal", "-m", "0", "-d", str(folder)]
    run_logged(["mkfs.ext4", *options, str(disk), f"{size_mib}M"], log)
    shutil.rmtree(folder)
