# SPDX-License-Identifier: Apache-2.0
"""What the tests of manual pages share: reads pages in mdoc, and the help of programs."""

import re
import subprocess
from pathlib import Path


def faults_of(page: Path) -> str:
    """What mandoc finds wrong with the page; nothing if it is well-formed."""
    done = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning", page],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and not done.stdout:
        return f"mandoc: exit status {done.returncode}: {done.stderr}"
    return done.stdout


def options_shown(program: str, *commands: str) -> set[str]:
    """The long options in the help of the program's commands."""
    shown = set()
    for command in commands:
        done = subprocess.run(
            [program, command, "--help"], stdout=subprocess.PIPE, text=True, check=True
        )
        shown |= set(re.findall(r"^  (?:-\w,)?(--[\w-]+)", done.stdout, re.MULTILINE))
    return shown


def described_in(page: Path, macro: str) -> set[str]:
    """What the page has as arguments of a macro in the heads of its lists."""
    heads = re.findall(r"^\.It (.*)$", page.read_text(), re.MULTILINE)
    return {name for head in heads for name in re.findall(rf"\b{macro} (\S+)", head)}


def options_described(page: Path) -> set[str]:
    """The long options in the heads of its lists."""
    return {f"-{name}" for name in described_in(page, "Fl") if name.startswith("-")}
