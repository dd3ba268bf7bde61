# SPDX-License-Identifier: GPL-2.0
"""What the tree has built, as far as it is needed here."""

import os
from pathlib import Path

from testvm.errors import Failure
from testvm.tree import PROGRAMS, TOOLS

# Those with sanitizers are elsewhere.
DAEMONS = Path(os.environ.get("VSOCKFWD_DAEMONS", TOOLS))
RELAY = DAEMONS / "vsock-relay"
LOAD = PROGRAMS / "relay_load"


def built(program: Path) -> str:
    """The path of a program, as a word of a command; Failure if it is not built."""
    if not program.is_file():
        raise Failure(f"no program '{program}'\nhint: selftests/build")
    return str(program)
