#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the manual page with the options that the program shows.

EIF is the path of the program, MAN_DIRECTORY the folder with the page.
"""

import os
import re
import subprocess
import unittest
from pathlib import Path

PROGRAM = os.environ["EIF"]
PAGE = Path(os.environ["MAN_DIRECTORY"]) / "eif.1"


class ManTest(unittest.TestCase):
    def test_page_is_well_formed(self) -> None:
        done = subprocess.run(
            ["mandoc", "-T", "lint", "-W", "warning", PAGE],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_options_are_described_and_no_others(self) -> None:
        shown = set()
        for command in ("build", "describe", "check"):
            done = subprocess.run(
                [PROGRAM, command, "--help"], stdout=subprocess.PIPE, text=True, check=True
            )
            shown |= set(re.findall(r"^  (?:-\w,)?(--[\w-]+)", done.stdout, re.MULTILINE))
        heads = re.findall(r"^\.It (.*)$", PAGE.read_text(), re.MULTILINE)
        described = {f"-{name}" for head in heads for name in re.findall(r"\bFl (-\S+)", head)}
        self.assertEqual(described, shown - {"--help"})


if __name__ == "__main__":
    unittest.main()
