# SPDX-License-Identifier: GPL-2.0
"""What vsock-relay shall reach, as ratios within one run."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from relaytest.cells import DIRECT, TCP_TCP, Bulk, Cell, Connects, Idle, Requests, RequestsBesideBulk
from relaytest.measure import Samples
from relaytest.relays import OURS


@dataclass(frozen=True)
class Goal:
    """A limit of a figure of vsock-relay, or of its ratio to that of others."""

    figure: str
    at_least: bool
    limit: float
    others: Sequence[str] | None = None
    """The best of these is the rival; None if the figure itself is limited."""


@dataclass(frozen=True)
class Outcome:
    """A goal of one cell, and what was measured."""

    cell: str
    figure: str
    rival: str
    """Empty if the figure itself is limited."""
    at_least: bool
    limit: float
    value: float

    @property
    def met(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        over = f" over {self.rival}" if self.rival else ""
        sign = ">=" if self.at_least else "<="
        verdict = "ok" if self.met else "MISSED"
        return f"{self.cell}: {self.figure}{over}, goal {sign} {self.limit:g}: {self.value:.2f} {verdict}"


def goals_of(cell: Cell, peers: Sequence[str]) -> Iterator[Goal]:
    """The goals that have to do with a cell, in which `peers` took part."""
    vsock = "vsock" in (cell.shape.client, cell.shape.server)
    if isinstance(cell, Bulk) and vsock:
        yield Goal("GiB/s", True, 1.2, peers)
    elif isinstance(cell, Bulk):
        yield Goal("GiB/s", True, 1.0, peers)
        if cell.shape == TCP_TCP and cell.cpu is None:
            yield Goal("GiB/s", True, 0.7, [DIRECT])
        if cell.shape == TCP_TCP or cell.direction == "up":
            yield Goal("CPU s/GiB", False, 0.5, ["haproxy"])
    elif isinstance(cell, Connects):
        yield Goal("1/s", True, 1.0, ["haproxy"])
        yield Goal("1/s", True, 8.0, ["socat-8k"])
    elif isinstance(cell, Requests):
        yield Goal("p50 us", False, 1.0, peers)
        yield Goal("p99 us", False, 1.0, peers)
    elif isinstance(cell, RequestsBesideBulk):
        yield Goal("p99 us", False, 0.5, ["haproxy"])
    elif isinstance(cell, Idle):
        yield Goal("KiB", False, 0.5)


def outcomes(cell: Cell, samples: Samples) -> Iterator[Outcome]:
    """How the goals of a cell fared; those without their rival in this run are left out."""
    if OURS.name not in samples:
        return
    peers = [name for name in samples if name not in (OURS.name, DIRECT)]
    for goal in goals_of(cell, peers):
        rival = ""
        if goal.others is not None:
            present = [name for name in goal.others if name in samples]
            if not present:
                continue
            rival = _best(present, samples, goal)
        yield Outcome(
            cell.name, goal.figure, rival, goal.at_least, goal.limit, _value(rival, samples, goal)
        )


def median(samples: Samples, name: str, figure: str) -> float:
    return statistics.median(sample[figure] for sample in samples[name])


def _best(rivals: Sequence[str], samples: Samples, goal: Goal) -> str:
    choose = max if goal.at_least else min
    return choose(rivals, key=lambda name: median(samples, name, goal.figure))


def _value(rival: str, samples: Samples, goal: Goal) -> float:
    ours = [sample[goal.figure] for sample in samples[OURS.name]]
    if not rival:
        return statistics.median(ours)
    # Slices that were taken one after the other share the noise of the machine.
    theirs = [sample[goal.figure] for sample in samples[rival]]
    return statistics.median(our / their for our, their in zip(ours, theirs))
