# SPDX-License-Identifier: GPL-2.0
"""Recipe: an emulator that can be trusted with several processors.

QEMU before 8.1 may translate code while another of its processors patches it.
A kernel that attaches ftrace hooks under load then dies of "Oops: int3". So the
machines run on a newer release's QEMU, with its own libraries, wherever they run.
"""

from pathlib import Path

from testvm.apt import Apt

RELEASE = "trixie"
PACKAGE = "qemu-system-x86"
_LIBRARIES = "usr/lib/x86_64-linux-gnu"


def build(apt: Apt, folder: Path) -> None:
    """Unpacks QEMU and all that it depends on into `folder`/root."""
    root = folder / "root"
    root.mkdir()
    apt.unpack(apt.with_dependencies(PACKAGE), root, folder / "log")


def command(folder: Path) -> list[str]:
    """How to start it: options of QEMU may follow."""
    root = folder / "root"
    data = [root / "usr/share/qemu", root / "usr/share/seabios"]
    return [
        *("env", f"QEMU_MODULE_DIR={root / _LIBRARIES / 'qemu'}"),
        *(str(root / "usr/lib64/ld-linux-x86-64.so.2"), "--library-path", str(root / _LIBRARIES)),
        str(root / "usr/bin/qemu-system-x86_64"),
        *(option for path in data for option in ("-L", str(path))),
    ]
