# SPDX-License-Identifier: GPL-2.0
"""What systemd thinks of the units of this tree."""

import subprocess
from pathlib import Path

from testvm.tree import TOOLS, TREE


def unit_troubles(template: str, folder: Path, most_exposed: float) -> str:
    """Nothing if systemd understands every line, finds the programs, and sees the service exposed
    to at most that, of 10. The template is a path in the tree; the folder takes a file."""
    source = TREE / template
    text = source.read_text().replace("@CMAKE_INSTALL_FULL_BINDIR@", str(TOOLS))
    # A template of units becomes one of them.
    unit = folder / source.name.removesuffix(".in").replace("@.", "@test.")
    unit.write_text(text)
    return "".join(
        complaints(command)
        for command in (
            ["verify", "--man=no", "--recursive-errors=no", str(unit)],
            ["security", "--offline=true", f"--threshold={most_exposed * 10:.0f}", str(unit)],
        )
    )


def complaints(words: list[str]) -> str:
    """What the command prints if it is not content, which its status does not always tell."""
    done = subprocess.run(
        ["systemd-analyze", "--no-pager", *words], capture_output=True, text=True, check=False
    )
    return done.stderr + (done.stdout if done.returncode else "")
