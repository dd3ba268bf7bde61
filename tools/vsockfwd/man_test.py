#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the manual pages with the command table, which the program prints as JSON.

VSOCKFWD is the path of the program, MAN_DIRECTORY the folder with the pages.
"""

import json
import os
import re
import subprocess
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROGRAM = os.environ["VSOCKFWD"]
MAN_DIRECTORY = Path(os.environ["MAN_DIRECTORY"])
MAIN_PAGE = MAN_DIRECTORY / "vsockfwd.8"


def ask(*words: str) -> Any:
    done = subprocess.run([PROGRAM, "--json", *words], stdout=subprocess.PIPE, check=False)
    return json.loads(done.stdout)


def sections(page: Path) -> dict[str, str]:
    """What a reader sees of a page, by the heading of the section."""
    text = subprocess.run(
        ["mandoc", "-T", "ascii", "-O", "width=160", page],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    text = re.sub(".\b", "", text)  # bold and underlined letters are typed over
    parts = re.split(r"^(?=\S)(.*)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def keys(value: Any) -> Iterator[str]:
    """The names of all members, at any depth."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield key
            yield from keys(member)
    elif isinstance(value, list):
        for member in value:
            yield from keys(member)


class ManTest(unittest.TestCase):
    def setUp(self) -> None:
        self.table = ask("help")
        self.pages = {page: sections(page) for page in MAN_DIRECTORY.glob("vsockfwd*.8")}

    def page_of(self, object_name: str) -> Path:
        """The page with the commands of an object in its synopsis."""
        for page, parts in self.pages.items():
            if re.search(rf"^ *vsockfwd {object_name} ", parts["SYNOPSIS"], re.MULTILINE):
                return page
        raise AssertionError(f"no page has the commands of {object_name!r} in its synopsis")

    def test_pages_are_well_formed(self) -> None:
        for page in self.pages:
            done = subprocess.run(
                ["mandoc", "-T", "lint", "-W", "warning", page],
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertEqual((done.returncode, done.stdout), (0, ""), page.name)

    def test_each_synopsis_shows_the_commands_of_its_object(self) -> None:
        for entry in self.table["objects"]:
            synopsis = self.pages[self.page_of(entry["name"])]["SYNOPSIS"]
            shown = re.findall(rf"^ *vsockfwd ({entry['name']} .*)$", synopsis, re.MULTILINE)
            self.assertEqual(shown, [command["synopsis"] for command in entry["commands"]])

    def test_each_command_and_keyword_is_described(self) -> None:
        for entry in self.table["objects"]:
            description = self.pages[self.page_of(entry["name"])]["DESCRIPTION"]
            for command in entry["commands"]:
                self.assertRegex(description, rf"\b{command['name']}\b")
                for keyword in command["keywords"]:
                    term = re.escape(f"{keyword['name']} {keyword['value']}".strip())
                    self.assertRegex(description, rf"(?m)^ *{term}( |$)")

    def test_each_object_is_described_in_the_words_of_the_program(self) -> None:
        for entry in self.table["objects"]:
            self.assertRegex(self.pages[MAIN_PAGE]["DESCRIPTION"], rf"(?m)^ *{entry['name']} ")
            page = MAIN_PAGE.with_stem(f"vsockfwd-{entry['name']}")
            if page in self.pages:
                self.assertIn(f"{page.stem} - {entry['description']}\n", self.pages[page]["NAME"])

    def test_options_are_described(self) -> None:
        description = self.pages[MAIN_PAGE]["DESCRIPTION"]
        described = re.findall(r"^ *(-\w), (--\w+)\b", description, re.MULTILINE)
        self.assertEqual(
            described, [(option["short"], option["long"]) for option in self.table["options"]]
        )

    def test_exit_statuses_are_described(self) -> None:
        described = re.findall(
            r"^ *(\d) +\w", self.pages[MAIN_PAGE]["EXIT STATUS"], re.MULTILINE
        )
        self.assertEqual(described, [str(entry["status"]) for entry in self.table["exit_statuses"]])

    def test_members_of_the_diagnosis_are_described(self) -> None:
        description = self.pages[self.page_of("feature")]["DESCRIPTION"]
        for key in keys(ask("feature")):
            self.assertIn(f"`{key}'", description)


if __name__ == "__main__":
    unittest.main()
