#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks bash what it offers after loading the generated completion.

COMPLETION is the path of the script.
"""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

COMPLETION = os.environ["COMPLETION"]

# Completes the last of the words, as bash does when the cursor is behind it. compopt works only where
# bash itself has called the function.
ASK = """
compopt() { [[ $* == "-o filenames" ]]; }
source "$0"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
function=$(complete -p vsockfwd | sed 's/.*-F \\([^ ]*\\).*/\\1/')
"$function" vsockfwd "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


def complete(line: str) -> list[str]:
    """What bash offers for the last word of a line, which is empty after a blank."""
    done = subprocess.run(
        ["bash", "--norc", "-euo", "pipefail", "-c", ASK, COMPLETION, *line.split(" ")],
        capture_output=True,
        text=True,
        check=True,
    )
    if done.stderr:
        raise AssertionError(done.stderr)
    return done.stdout.splitlines() if done.stdout.strip() else []


class CompletionTest(unittest.TestCase):
    def expect(self, line: str, *offered: str) -> None:
        with self.subTest(line=line):
            self.assertEqual(complete(line), list(offered))

    def test_objects(self) -> None:
        objects = ["rule", "hold", "flow", "stats", "monitor", "host", "feature", "batch", "save", "restore"]
        self.expect("vsockfwd ", *objects, "completion", "help")
        self.expect("vsockfwd ru", "rule")
        self.expect("vsockfwd x")
        self.expect("vsockfwd -j ru", "rule")
        self.expect("vsockfwd help ru", "rule")

    def test_commands(self) -> None:
        self.expect("vsockfwd rule ", "show", "add", "del", "flush", "help")
        self.expect("vsockfwd rule a", "add")
        self.expect("vsockfwd --json rule -p d", "del")
        self.expect("vsockfwd help rule f", "flush")
        self.expect("vsockfwd completion b", "bash")
        self.expect("vsockfwd nothing ")
        self.expect("vsockfwd stats ", "guest", "help")
        self.expect("vsockfwd monitor g", "guest")
        self.expect("vsockfwd stats guest ")
        self.expect("vsockfwd stats guest 16 ")
        self.expect("vsockfwd hold guest 16 to host ", "from", "port", "guest-fd", "parent-fd")

    def test_keywords_that_are_not_given_yet(self) -> None:
        self.expect("vsockfwd rule add ", "guest", "from", "port", "to", "deny")
        self.expect("vsockfwd rule add guest 16 ", "from", "port", "to", "deny")
        self.expect("vsockfwd rule add guest 16 from parent t", "to")
        self.expect("vsockfwd rule add guest 16 -j from 3 port 9 deny ")
        self.expect("vsockfwd rule del ", "guest", "port")
        self.expect("vsockfwd rule flush ", "guest")
        self.expect("vsockfwd feature show ")

    def test_one_of_several_alternatives(self) -> None:
        self.expect("vsockfwd rule add deny ", "guest", "from", "port")
        self.expect("vsockfwd rule add to host guest 16 ", "from", "port")

    def test_keywords_behind_the_value_of_another(self) -> None:
        self.expect("vsockfwd rule add port 9000 to host ", "guest", "from", "port")
        self.expect("vsockfwd rule add port 9000 to host port 19000 ", "guest", "from")
        self.expect("vsockfwd rule add to host p", "port")
        self.expect("vsockfwd rule add to host port 19000 p", "port")
        self.expect("vsockfwd rule add port 9000 to host guest 16 p")

    def test_words_are_not_run(self) -> None:
        self.expect("vsockfwd rule add a[$(echo>&2)] $(echo>&2) ", "guest", "from", "port", "to", "deny")

    def test_values(self) -> None:
        self.expect("vsockfwd rule add guest ")
        self.expect("vsockfwd rule add guest 16 from ", "parent")
        self.expect("vsockfwd rule add guest 16 to ", "host")
        self.expect("vsockfwd rule add guest 16 to h", "host")
        self.expect("vsockfwd rule add guest 16 to x")

    def test_files(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for name in ("rules", "rules old", "other"):
                Path(folder, name).touch()
            for command in ("batch", "save", "restore"):
                done = complete(f"vsockfwd {command} {folder}/ru")
                self.assertEqual(sorted(done), [f"{folder}/rules", f"{folder}/rules old"])
        self.expect("vsockfwd batch h", "help")
        self.expect("vsockfwd batch rules ")

    def test_options(self) -> None:
        options = ["--json", "--pretty", "--help", "--version"]
        self.expect("vsockfwd -", *options)
        self.expect("vsockfwd rule add guest -", *options)
        self.expect("vsockfwd rule --j", "--json")


if __name__ == "__main__":
    unittest.main()
