# SPDX-License-Identifier: GPL-2.0
"""Recipe: a root folder that builds modules for the kernels of one Debian release."""

from pathlib import Path

from testvm.apt import Apt
from testvm.debootstrap import bootstrap

FOLDER = "root"
# The headers bring their compiler; binutils does not come with it in every release, and
# kernels that are no package want it by its plain name.
PACKAGES = ["binutils", "gcc", "make", "perl", "sparse"]


def build(apt: Apt, release: str, packages: list[str], folder: Path) -> None:
    """Makes `folder`/root."""
    root = folder / FOLDER
    bootstrap(apt, release, packages, root, folder / "log")
    (root / "repo").mkdir()
