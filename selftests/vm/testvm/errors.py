# SPDX-License-Identifier: GPL-2.0
"""Errors that end a program with one message, and how they do that."""

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
