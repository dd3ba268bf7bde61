#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the manual pages with the options that the program shows.

VSOCK_RELAY is the path of the program, MAN_DIRECTORY the folder with the pages.
"""

import os
import re
import subprocess
import unittest
from pathlib import Path

PROGRAM = os.environ["VSOCK_RELAY"]
MAN_DIRECTORY = Path(os.environ["MAN_DIRECTORY"])
PROGRAM_PAGE = MAN_DIRECTORY / "vsock-relay.8"
CONFIG_PAGE = MAN_DIRECTORY / "vsock-relay.toml.5"

# Options of "run" that are no keys of the configuration.
NO_KEYS = {"--help", "--config", "--check-config"}
# And where the key has another name: a list, or the opposite.
KEYS = {
    "--allow-cid": "allow_cids",
    "--allow-network": "allow_networks",
    "--allow-uid": "allow_uids",
    "--no-half-close": "half_close",
}


def options_of(command: str) -> set[str]:
    done = subprocess.run(
        [PROGRAM, command, "--help"], stdout=subprocess.PIPE, text=True, check=True
    )
    return set(re.findall(r"^  (?:-\w,)?(--[\w-]+)", done.stdout, re.MULTILINE))


def described_in(page: Path, macro: str) -> set[str]:
    """What the page has as arguments of a macro in the heads of its lists."""
    heads = re.findall(r"^\.It (.*)$", page.read_text(), re.MULTILINE)
    return {name for head in heads for name in re.findall(rf"\b{macro} (\S+)", head)}


class ManTest(unittest.TestCase):
    def test_pages_are_well_formed(self) -> None:
        for page in (PROGRAM_PAGE, CONFIG_PAGE):
            done = subprocess.run(
                ["mandoc", "-T", "lint", "-W", "warning", page],
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertEqual((done.returncode, done.stdout), (0, ""), page.name)

    def test_options_are_described_and_no_others(self) -> None:
        described = {f"-{name}" for name in described_in(PROGRAM_PAGE, "Fl") if name[0] == "-"}
        shown = options_of("run") | options_of("vsock-proxy")
        self.assertEqual(described, shown - {"--help"})

    def test_keys_are_described_and_no_others(self) -> None:
        options = options_of("run") - NO_KEYS
        keys = {KEYS.get(option, option.lstrip("-").replace("-", "_")) for option in options}
        self.assertEqual(described_in(CONFIG_PAGE, "Cm"), keys)


if __name__ == "__main__":
    unittest.main()
