# SPDX-License-Identifier: GPL-2.0
"""Errors that end a program with one message, and how they do that."""

import subprocess
import sys
from collections.abc import Callable


class Failure(Exception):
    """Something did not work; the text tells a person what, and what to do."""


class UsageError(Failure):
    """The command line asks for something that does not exist."""


def exit_with(main: Callable[[], int]) -> None:
    """Ends the program with what main() returns: 0 ok, 1 failure, 2 usage."""
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        sys.exit(2 if isinstance(failure, UsageError) else 1)


def run_logged(command: list[str], log: str, **options) -> None:
    """Runs a command with its output in the file `log`; shows its end on failure."""
    with open(log, "ab") as output:
        streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT}
        try:
            status = subprocess.run(command, **streams, **options).returncode
        except FileNotFoundError as error:
            raise Failure(f"no program '{command[0]}': run selftests/setup.sh vm") from error
    if status:
        raise Failure(f"'{' '.join(command[:3])} …' failed with status {status}:\n{tail(log, 25)}")


def tail(path: str, lines: int) -> str:
    """The last lines of a text file, indented for a message."""
    with open(path, encoding="utf-8", errors="replace") as file:
        return "".join("    " + line for line in file.readlines()[-lines:]).rstrip()
