# SPDX-License-Identifier: GPL-2.0
"""Debian packages, from the mirrors that this machine already uses.

Each release has an apt state of its own in the cache, so that packages of
another release, or a newer one than installed, never touch the machine's apt.
"""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from testvm.errors import Failure, run_logged

SUITES = {
    "bookworm": ("bookworm", "bookworm-updates", "bookworm-security"),
    "trixie": ("trixie", "trixie-updates", "trixie-backports", "trixie-security"),
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
                sources.append(Source(uri.rstrip("/"), suites, _keyring(fields.get("signed-by", ""))))
    return sources


def parse_one_line(text: str) -> list[Source]:
    """Reads a *.list file."""
    entry = re.compile(r"(?m)^deb[ \t]+(?:\[(.*?)\][ \t]+)?(\S+)[ \t]+(\S+)")
    return [
        Source(uri.rstrip("/"), (suite,), _keyring("".join(re.findall(r"signed-by=(\S+)", options))))
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


def source_lines(release: str) -> str:
    """Sources of `release`, on the mirrors that the machine uses for its own."""
    lines = []
    for suite in SUITES[release]:
        source = _mirror("-security" if suite.endswith("-security") else "")
        lines.append(f"deb [signed-by={source.keyring}] {source.uri} {suite} main\n")
    return "".join(lines)


def _mirror(kind: str) -> Source:
    own_suites = {release + kind for release in SUITES}
    for source in machine_sources():
        if own_suites.intersection(source.suites):
            return source
    raise Failure(
        f"no apt source has one of the suites {', '.join(sorted(own_suites))}: "
        "the images are built from the Debian archive that /etc/apt names"
    )


class Apt:
    """The packages of one Debian release."""

    def __init__(self, release: str, state: Path) -> None:
        self._release = release
        self._state = state
        self._config = state / "apt.conf"
        self._records = state / "records.json"

    @property
    def known(self) -> bool:
        """Whether the package lists were fetched already, from the present mirrors."""
        sources = self._state / "sources.list"
        return sources.is_file() and sources.read_text() == source_lines(self._release)

    def refresh(self) -> None:
        """Fetches the newest package lists."""
        for folder in ("lists/partial", "cache/archives/partial"):
            (self._state / folder).mkdir(parents=True, exist_ok=True)
        self._config.write_text(self.settings + self._folders())
        self._records.unlink(missing_ok=True)
        sources = self._state / "sources.list"
        sources.unlink(missing_ok=True)
        fetching = self._state / "fetching.list"
        fetching.write_text(source_lines(self._release))
        run_logged(
            ["apt-get", "-o", f"Dir::Etc::sourcelist={fetching}", "--error-on=any", "update"],
            str(self._state / "log"),
            env=self._environment(),
        )
        fetching.rename(sources)

    @property
    def settings(self) -> str:
        """The machine's settings for downloads (a proxy, for example) in apt.conf syntax."""
        dump = subprocess.run(
            ["apt-config", "dump", "Acquire"], capture_output=True, text=True, check=True
        ).stdout
        return "".join(line + "\n" for line in dump.splitlines() if not line.endswith('"";'))

    @property
    def sources(self) -> str:
        """Contents of a sources.list for this release."""
        return source_lines(self._release)

    def version(self, package: str) -> str:
        """Version of a package, given as NAME or NAME/SUITE; works offline once known."""
        records = json.loads(self._records.read_text()) if self._records.exists() else {}
        if package not in records:
            records[package] = self.record(package)["Version"]
            fresh = self._records.with_suffix(f".{os.getpid()}")
            fresh.write_text(json.dumps(records))
            fresh.rename(self._records)
        return records[package]

    def record(self, package: str) -> dict[str, str]:
        """The control fields of a package, given as NAME or NAME/SUITE."""
        shown = subprocess.run(
            ["apt-cache", "show", "--no-all-versions", package],
            env=self._environment(),
            capture_output=True,
            text=True,
        )
        if shown.returncode:
            raise Failure(f"no package '{package}' in {self._release}: {shown.stderr.strip()}")
        return dict(re.findall(r"(?m)^([\w-]+): (.*)$", shown.stdout.split("\n\n")[0]))

    def unpack(self, packages: list[str], into: Path, log: str) -> None:
        """Downloads packages and unpacks them; runs none of their scripts."""
        downloads = into.parent / "debs"
        downloads.mkdir()
        run_logged(["apt-get", "download", *packages], log, cwd=downloads, env=self._environment())
        for package in sorted(downloads.iterdir()):
            run_logged(["dpkg-deb", "--extract", str(package), str(into)], log)
            package.unlink()
        downloads.rmdir()

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "APT_CONFIG": str(self._config), "LC_ALL": "C.UTF-8"}

    def _folders(self) -> str:
        return (
            f'Dir::Etc::sourcelist "{self._state}/sources.list";\n'
            'Dir::Etc::sourceparts "/dev/null";\n'
            'Dir::Etc::parts "/dev/null";\n'
            'Dir::Etc::preferences "/dev/null";\n'
            'Dir::Etc::preferencesparts "/dev/null";\n'
            f'Dir::State "{self._state}";\n'
            f'Dir::State::lists "{self._state}/lists";\n'
            'Dir::State::status "/dev/null";\n'
            f'Dir::Cache "{self._state}/cache";\n'
            'APT::Sandbox::User "";\n'
            'APT::Get::List-Cleanup "true";\n'
            'Acquire::Languages "none";\n'
        )
