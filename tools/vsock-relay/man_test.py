#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the manual pages with the options that the program shows.

VSOCK_RELAY is the path of the program, MAN_DIRECTORY the folder with the pages.
"""

import os
import unittest
from pathlib import Path

from manual_page import described_in, faults_of, options_described, options_shown

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


class ManTest(unittest.TestCase):
    def test_pages_are_well_formed(self) -> None:
        for page in (PROGRAM_PAGE, CONFIG_PAGE):
            self.assertEqual(faults_of(page), "", page.name)

    def test_options_are_described_and_no_others(self) -> None:
        described = options_described(PROGRAM_PAGE)
        shown = options_shown(PROGRAM, "run", "vsock-proxy")
        self.assertEqual(described, shown - {"--help"})

    def test_keys_are_described_and_no_others(self) -> None:
        options = options_shown(PROGRAM, "run") - NO_KEYS
        keys = {KEYS.get(option, option.lstrip("-").replace("-", "_")) for option in options}
        self.assertEqual(described_in(CONFIG_PAGE, "Cm"), keys)


if __name__ == "__main__":
    unittest.main()
