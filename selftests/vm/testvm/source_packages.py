# SPDX-License-Identifier: GPL-2.0
"""Debian source packages, from the mirrors that this machine already uses."""

import re
from pathlib import Path

from testvm.apt import Apt, numbers_in, source_lines
from testvm.errors import Failure
from testvm.process import output_of, run_logged


def newest_version(show: str, program: str) -> str | None:
    """Of what "apt-cache showsrc" prints, the newest package of that version of the program."""
    matching = re.findall(rf"(?m)^Version: ((?:\d+:)?{re.escape(program)}[.+-].*)$", show)
    return max(matching, key=numbers_in, default=None)


class SourcePackages(Apt):
    """The source packages of one Debian release, named NAME/VERSION.

    VERSION is that of the program, as far as it matters: 10.0 stands for the
    newest 10.0.x.
    """

    @property
    def sources(self) -> str:
        return source_lines(self._release, "deb-src")

    def record(self, package: str) -> dict[str, str]:
        name, _, version = package.partition("/")
        show = output_of(["apt-cache", "showsrc", name], env=self.environment())
        newest = newest_version(show, version)
        if not newest:
            there = ", ".join(re.findall(r"(?m)^Version: (.*)$", show))
            raise Failure(
                f"no source package of {self._release} is {name} {version}: there is {there}"
            )
        return {"Version": newest}

    def fetch_program(self, package: str, folder: Path, log: Path) -> Path:
        """Downloads the source of the program itself, without Debian's own files."""
        name, _, _ = package.partition("/")
        get = ["apt-get", "source", "--download-only", "--tar-only"]
        wanted = f"{name}={self.version(package)}"
        run_logged([*get, wanted], log, cwd=folder, env=self.environment())
        (archive,) = folder.glob(f"{name}_*.orig.tar.*")
        return archive
