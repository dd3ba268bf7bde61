# SPDX-License-Identifier: GPL-2.0
"""Recipe: the daemon that QEMU's nitro-enclave machine needs without our patches."""

from pathlib import Path

from testvm.apt import Apt

# It needs so little that it runs on older releases.
RELEASE = "forky"
PACKAGE = "vhost-device-vsock"


def build(apt: Apt, folder: Path) -> None:
    """Unpacks it into `folder`/root."""
    (folder / "root").mkdir()
    apt.unpack([PACKAGE], folder / "root", folder / "log")


def program(folder: Path) -> Path:
    return folder / "root/usr/bin" / PACKAGE
