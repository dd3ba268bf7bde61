# SPDX-License-Identifier: GPL-2.0
"""Other programs, whose failure ends ours with a message that tells why."""

import subprocess
from pathlib import Path
from typing import IO

from testvm.errors import Failure

Environment = dict[str, str]


def run_logged(
    command: list[str], log: Path, *, cwd: Path | None = None, env: Environment | None = None
) -> None:
    """Runs a command with its output in the file `log`; Failure shows the end of that."""
    with open(log, "ab") as output:
        status = _run(command, output, output, cwd, env).returncode
    if status:
        raise Failure(f"{_short(command)} failed with status {status}:\n{tail(log, 25)}")


def output_of(command: list[str], *, env: Environment | None = None) -> str:
    """What a command prints; Failure shows what it complains about."""
    done = _run(command, subprocess.PIPE, subprocess.PIPE, None, env)
    if done.returncode:
        complaint = done.stderr.decode(errors="replace").strip()
        raise Failure(f"{_short(command)} failed with status {done.returncode}: {complaint}")
    return done.stdout.decode()


def tail(path: Path, lines: int) -> str:
    """The last lines of a text file, indented for a message."""
    with open(path, encoding="utf-8", errors="replace") as file:
        return "".join("    " + line for line in file.readlines()[-lines:]).rstrip()


def _run(
    command: list[str],
    output: int | IO[bytes],
    errors: int | IO[bytes],
    cwd: Path | None,
    env: Environment | None,
) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, cwd=cwd, env=env
        )
    except FileNotFoundError as error:
        raise Failure(f"no program '{error.filename}'\nhint: selftests/setup.sh vm") from error


def _short(command: list[str]) -> str:
    return "'" + " ".join(command[:4]) + (" …'" if len(command) > 4 else "'")
