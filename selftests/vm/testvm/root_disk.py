# SPDX-License-Identifier: GPL-2.0
"""Recipe: the file system of the virtual machine, the host of the tests."""

from pathlib import Path

from testvm.apt import Apt
from testvm.debootstrap import bootstrap, ext4_disk

FILE = "root.ext4"
PACKAGES = [
    "bash",
    "bpftrace",
    "iproute2",
    "jq",
    "kmod",
    "libfmt9",
    "libnl-genl-3-200",
    "libstdc++6",
    "ncat",
    "openssl",
    "procps",
    "python3",
    "qemu-system-x86",
    "socat",
    "strace",
    "systemd",
    "tcpdump",
    "util-linux",
]


def build(apt: Apt, folder: Path) -> None:
    """Makes `folder`/root.ext4."""
    log = folder / "log"
    root = folder / "root"
    bootstrap(apt, "bookworm", PACKAGES, root, log)
    (root / "payload").mkdir()
    (root / "usr/lib/modules").mkdir(exist_ok=True)
    (root / "etc/hostname").write_text("host\n")
    # Tests write to temporary files only; 256 MiB leave room for a careless one.
    ext4_disk(root, folder / FILE, spare_mib=256, log=log)
