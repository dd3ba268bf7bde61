#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the manual page with the options that the program shows.

QGS_MUX is the path of the program, MAN_DIRECTORY the folder with the page.
"""

import os
import unittest
from pathlib import Path

from manual_page import faults_of, options_described, options_shown

PROGRAM = os.environ["QGS_MUX"]
PAGE = Path(os.environ["MAN_DIRECTORY"]) / "qgs-mux.8"


class ManTest(unittest.TestCase):
    def test_page_is_well_formed(self) -> None:
        self.assertEqual(faults_of(PAGE), "")

    def test_options_are_described_and_no_others(self) -> None:
        self.assertEqual(options_described(PAGE), options_shown(PROGRAM, "run") - {"--help"})


if __name__ == "__main__":
    unittest.main()
