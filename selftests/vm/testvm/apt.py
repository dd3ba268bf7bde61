# SPDX-License-Identifier: GPL-2.0
"""Debian packages, from the mirrors that this machine already uses.

Each release has an apt state of its own in the cache, so that packages of
another release, or a newer one than installed, never touch the machine's apt.
"""

import fnmatch
import json
import os
import re
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from testvm.errors import Failure
from testvm.process import Environment, output_of, run_logged

SUITES = {
    "bookworm": ("bookworm", "bookworm-updates", "bookworm-security"),
    "trixie": ("trixie", "trixie-updates", "trixie-backports", "trixie-security"),
    "forky": ("forky",),
}
DEBIAN_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


@dataclass(frozen=True)
class Source:
    """One entry of the machine's apt sources."""

    uri: str
    suites: tuple[str, ...]
    keyring: str


def parse_deb822(text: str) -> list[Source]:
    """Reads a *.sources file."""
    sources = []
    for stanza in re.split(r"\n\s*\n", re.sub(r"(?m)^#.*\n?", "", text)):
        fields = {
            key.lower(): value
            for key, value in re.findall(r"(?m)^([\w-]+):[ \t]*(.*(?:\n[ \t].*)*)", stanza)
        }
        enabled = fields.get("enabled", "yes").strip().lower() not in ("no", "false")
        if enabled and "deb" in fields.get("types", "").split():
            for uri in fields.get("uris", "").split():
                suites = tuple(fields.get("suites", "").split())
                sources.append(
                    Source(uri.rstrip("/"), suites, _keyring(fields.get("signed-by", "")))
                )
    return sources


def parse_one_line(text: str) -> list[Source]:
    """Reads a *.list file."""
    entry = re.compile(r"(?m)^deb[ \t]+(?:\[(.*?)\][ \t]+)?(\S+)[ \t]+(\S+)")
    return [
        Source(
            uri.rstrip("/"), (suite,), _keyring("".join(re.findall(r"signed-by=(\S+)", options)))
        )
        for options, uri, suite in entry.findall(text)
    ]


def _keyring(signed_by: str) -> str:
    # A key in the sources themselves, or none, leaves the archive's own key.
    return signed_by.strip() if signed_by.startswith("/") else DEBIAN_KEYRING


def machine_sources() -> list[Source]:
    """All entries of /etc/apt."""
    etc = Path("/etc/apt")
    sources = []
    for path in [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]:
        if path.suffix in (".list", ".sources") and path.is_file():
            parse = parse_one_line if path.suffix == ".list" else parse_deb822
            sources += parse(path.read_text())
    return sources


def source_lines(release: str, kind: str = "deb") -> str:
    """Sources of `release`, on the mirrors that the machine uses for its own.

    kind: "deb" for packages, "deb-src" for source packages.
    """
    lines = []
    for suite in SUITES[release]:
        source = mirror("-security" if suite.endswith("-security") else "")
        lines.append(f"{kind} [signed-by={source.keyring}] {source.uri} {suite} main\n")
    return "".join(lines)


def mirror(archive: str = "") -> Source:
    """Where the machine gets Debian from; archive: "-security" for that."""
    own_suites = {release + archive for release in SUITES}
    for source in machine_sources():
        if own_suites.intersection(source.suites):
            return source
    raise Failure(
        f"no apt source has one of the suites {', '.join(sorted(own_suites))}: "
        "the images are built from the Debian archive that /etc/apt names"
    )


def numbers_in(name: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", name)]


class Apt:
    """The packages of one Debian release.

    Works on a snapshot of the package lists. A refresh makes a new one, so that
    other processes go on with theirs undisturbed.
    """

    def __init__(self, release: str, folder: Path) -> None:
        self._release = release
        self._folder = folder
        self._snapshot = (folder / "newest").resolve()

    @property
    def known(self) -> bool:
        """Whether there are package lists already, from the present mirrors."""
        sources = self._snapshot / "sources.list"
        return sources.is_file() and sources.read_text() == self.sources

    def refresh(self) -> None:
        """Fetches the newest package lists."""
        snapshot = self._folder / f"{time.time_ns()}"
        for folder in ("lists/partial", "cache/archives/partial"):
            (snapshot / folder).mkdir(parents=True)
        (snapshot / "apt.conf").write_text(self.settings + _folder_settings(snapshot))
        (snapshot / "sources.list").write_text(self.sources)
        self._snapshot = snapshot
        update = ["apt-get", "--error-on=any", "update"]
        run_logged(update, snapshot / "log", env=self.environment())

        link = self._folder / f"{snapshot.name}.link"
        link.symlink_to(snapshot.name)
        link.rename(self._folder / "newest")
        self._remove_old_snapshots()

    @property
    def settings(self) -> str:
        """The machine's settings for downloads (a proxy, for example) in apt.conf syntax."""
        dump = output_of(["apt-config", "dump", "Acquire"])
        return "".join(line + "\n" for line in dump.splitlines() if not line.endswith('"";'))

    @property
    def sources(self) -> str:
        """Contents of a sources.list for this release."""
        return source_lines(self._release)

    def version(self, package: str) -> str:
        """Version of a package, given as NAME or NAME/SUITE; works offline once known.

        NAME may be a pattern, as of a shell: of the packages that match, the newest.
        """
        memory = self._snapshot / "versions.json"
        versions: dict[str, str] = json.loads(memory.read_text()) if memory.exists() else {}
        if package not in versions:
            versions[package] = self.record(package)["Version"]
            if os.access(self._snapshot, os.W_OK):
                # Of this thread alone: others ask at the same time.
                fresh = memory.with_suffix(f".{threading.get_native_id()}")
                fresh.write_text(json.dumps(versions))
                fresh.rename(memory)
        return versions[package]

    def newest(self, package: str) -> str:
        """The package that is meant: of those whose name matches, the one with the highest numbers."""
        name, *suite = package.split("/")
        if "*" not in name:
            return package
        begin = name.partition("*")[0]
        names = output_of(["apt-cache", "pkgnames", begin], env=self.environment()).split()
        matching = fnmatch.filter(names, name)
        if not matching:
            raise Failure(f"no package of {self._release} is called '{name}'")
        return "/".join([max(matching, key=numbers_in), *suite])

    def record(self, package: str) -> dict[str, str]:
        """The control fields of a package, given as for version()."""
        show = ["apt-cache", "show", "--no-all-versions", self.newest(package)]
        first, *_ = output_of(show, env=self.environment()).split("\n\n")
        return dict(re.findall(r"(?m)^([\w-]+): (.*)$", first))

    def with_dependencies(self, package: str) -> list[str]:
        """A package and all that it depends on, down to the C library."""
        install = ["apt-get", "--simulate", "--no-install-recommends", "install", package]
        return re.findall(r"(?m)^Inst (\S+)", output_of(install, env=self.environment()))

    def unpack(self, packages: list[str], into: Path, log: Path) -> None:
        """Downloads packages and unpacks them; runs none of their scripts."""
        downloads = into.parent / "debs"
        downloads.mkdir()
        run_logged(["apt-get", "download", *packages], log, cwd=downloads, env=self.environment())
        for package in sorted(downloads.iterdir()):
            run_logged(["dpkg-deb", "--extract", str(package), str(into)], log)
            package.unlink()
        downloads.rmdir()

    def environment(self) -> Environment:
        """That of a program of apt, for it to know these packages and no others."""
        return {**os.environ, "APT_CONFIG": str(self._snapshot / "apt.conf"), "LC_ALL": "C.UTF-8"}

    def _remove_old_snapshots(self) -> None:
        # A day is longer than any process that may use one.
        for snapshot in self._folder.iterdir():
            if snapshot.name.isdigit() and time.time_ns() - int(snapshot.name) > 86400 * 10**9:
                shutil.rmtree(snapshot)


def _folder_settings(snapshot: Path) -> str:
    return (
        f'Dir::Etc::sourcelist "{snapshot}/sources.list";\n'
        'Dir::Etc::sourceparts "/dev/null";\n'
        'Dir::Etc::parts "/dev/null";\n'
        'Dir::Etc::preferences "/dev/null";\n'
        'Dir::Etc::preferencesparts "/dev/null";\n'
        f'Dir::State "{snapshot}";\n'
        f'Dir::State::lists "{snapshot}/lists";\n'
        'Dir::State::status "/dev/null";\n'
        f'Dir::Cache "{snapshot}/cache";\n'
        'APT::Sandbox::User "";\n'
        'Acquire::Languages "none";\n'
    )
