# SPDX-License-Identifier: GPL-2.0
"""The load generator: servers and clients with programs of our own."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from relaytest.endpoint import Endpoint
from relaytest.process import Background
from relaytest.tree import LOAD, built
from testvm.errors import Failure


@dataclass(frozen=True)
class Counts:
    """What a running program has done so far."""

    nanoseconds: int
    received: int
    connections: int
    broken: int


class Load(Background):
    """A server or a client that runs until it is stopped, and is ready now."""

    def __init__(self, arguments: Sequence[str], log: Path, cpu: int | None = None) -> None:
        super().__init__([built(LOAD), *arguments], log, pipes=True, cpu=cpu)
        if self.stdout.readline() != b"ready\n":
            self.process.wait()
            self.check_alive()

    def counts(self) -> Counts:
        """What it has done up to this moment."""
        try:
            self.stdin.write(b"\n")
            self.stdin.flush()
        except BrokenPipeError:
            self.process.wait()
        line = self.stdout.readline()
        if not line:
            self.process.wait()
            self.check_alive()
        return Counts(**json.loads(line))


def server(endpoints: Sequence[Endpoint], log: Path, cpu: int | None = None) -> Load:
    """Serves at all of them."""
    return Load(["serve", *map(str, endpoints)], log, cpu)


def bulk(
    to: Endpoint, direction: str, connections: int, log: Path, cpu: int | None = None
) -> Load:
    """Keeps data flowing "up" to the server, or "down" from it."""
    words = ["bulk", str(to), "--direction", direction, "--connections", str(connections)]
    return Load(words, log, cpu)


def idle(to: Endpoint, connections: int, log: Path) -> Load:
    """Keeps connections open; each has carried a byte there and back."""
    return Load(["idle", str(to), "--connections", str(connections)], log)


def requests(to: Endpoint, seconds: float, cpu: int | None = None) -> dict[str, float]:
    """Requests of 64 bytes one after the other: count, p50_us and p99_us."""
    return _result(["requests", str(to), "--seconds", str(seconds)], cpu)


def exchanges(
    to: Endpoint,
    total: int,
    at_once: int,
    *,
    bytes: int = 1,
    half_close: bool = False,
    cpu: int | None = None,
) -> dict[str, float]:
    """Connections that send and get the same back: count, seconds, and p50_us and p99_us of each."""
    numbers = {"--total": total, "--at-once": at_once, "--bytes": bytes}
    words = [word for option, number in numbers.items() for word in (option, str(number))]
    return _result(["exchange", str(to), *words, *["--half-close"] * half_close], cpu)


def _result(arguments: Sequence[str], cpu: int | None) -> dict[str, float]:
    pinned = ["taskset", "--cpu-list", str(cpu)] if cpu is not None else []
    command = [*pinned, built(LOAD), *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"relay_load {' '.join(arguments)}: {done.stderr.strip()}")
    result: dict[str, float] = json.loads(done.stdout)
    return result
