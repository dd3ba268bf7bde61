# SPDX-License-Identifier: GPL-2.0
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

from testvm.apt import DEBIAN_KEYRING, Apt, Source, parse_deb822, parse_one_line

DEB822 = """\
Types: deb deb-src
# A comment between the fields.
URIs: http://one.example/debian/
Suites: bookworm bookworm-updates
Components: main
Signed-By: /keys/debian.gpg

Enabled: no
Types: deb
URIs: http://two.example/debian
Suites: bookworm

Types: deb-src
URIs: http://three.example/debian
Suites: bookworm

Types: deb
URIs: http://four.example/security
Suites: bookworm-security
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 xsFN
"""

ONE_LINE = """\
# deb http://one.example/debian bookworm main
deb http://two.example/debian/ bookworm main contrib
deb-src http://three.example/debian bookworm main
deb [arch=amd64 signed-by=/keys/debian.gpg] http://four.example/security bookworm-security main
"""


class SourcesTest(unittest.TestCase):
    def test_deb822(self) -> None:
        self.assertEqual(
            parse_deb822(DEB822),
            [
                Source(
                    "http://one.example/debian",
                    ("bookworm", "bookworm-updates"),
                    "/keys/debian.gpg",
                ),
                Source("http://four.example/security", ("bookworm-security",), DEBIAN_KEYRING),
            ],
        )

    def test_one_line(self) -> None:
        self.assertEqual(
            parse_one_line(ONE_LINE),
            [
                Source("http://two.example/debian", ("bookworm",), DEBIAN_KEYRING),
                Source("http://four.example/security", ("bookworm-security",), "/keys/debian.gpg"),
            ],
        )


class VersionTest(unittest.TestCase):
    def test_many_ask_at_the_same_time(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "newest").mkdir()
        self.enterContext(
            mock.patch.object(Apt, "record", lambda apt, package: {"Version": f"{package}.0"})
        )
        packages = [str(number) for number in range(500)]
        with ThreadPoolExecutor(8) as threads:
            versions = list(threads.map(Apt("bookworm", folder).version, packages))
        self.assertEqual(versions, [f"{package}.0" for package in packages])
