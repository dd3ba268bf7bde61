# SPDX-License-Identifier: GPL-2.0
"""What is measured: each cell is a question that every relay is asked in turn."""

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from relaytest import load
from relaytest.endpoint import Endpoint
from relaytest.load import Load
from relaytest.process import Background

GIB = 2**30
DIRECT = "direct"
# After connections are made and before anything counts.
SETTLE_SECONDS = 0.15
# Where client, relay and server share a processor, so that none has to be woken from its sleep.
ONE_CPU = 0

Sample = dict[str, float]
"""Figures by their names."""


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    slices: int
    """The relays take turns so often; a figure is the median."""
    seconds: float
    """Of a slice, where no number of connections ends it."""
    connects: int
    """In a slice of connections per second: few, because closed ports rest for a minute."""
    idle: int
    """Connections that share the memory which is measured."""


@dataclass(frozen=True)
class Shape:
    """Kinds of the endpoints on both sides of the relay."""

    client: str
    server: str

    def __str__(self) -> str:
        return f"{self.client}-{self.server}"


TCP_TCP = Shape("tcp", "tcp")
TCP_UNIX = Shape("tcp", "unix")
TCP_VSOCK = Shape("tcp", "vsock")
VSOCK_TCP = Shape("vsock", "tcp")


@dataclass(frozen=True)
class Lane:
    """The way from the client to the server: through a relay, or directly."""

    name: str
    entrance: Endpoint
    server: Load
    relay: Background | None
    log: Path


@dataclass(frozen=True)
class Cell(ABC):
    """One question."""

    shape: Shape
    cpu: int | None
    """The only processor of client, relay and server; None lets them use all."""

    once: ClassVar[bool] = False
    """Whether only the first slice is true."""

    @property
    @abstractmethod
    def name(self) -> str: ...

    @property
    def where(self) -> str:
        return f"{self.shape}, {'all CPUs' if self.cpu is None else '1 CPU'}"

    @abstractmethod
    def sample(self, lane: Lane, effort: Effort) -> Sample:
        """The answer of one lane, once."""


@dataclass(frozen=True)
class Bulk(Cell):
    direction: str
    connections: int

    @property
    def name(self) -> str:
        return f"bulk {self.direction} {self.connections}, {self.where}"

    def sample(self, lane: Lane, effort: Effort) -> Sample:
        with load.bulk(
            lane.entrance, self.direction, self.connections, lane.log, self.cpu
        ) as client:
            receiver = lane.server if self.direction == "up" else client
            time.sleep(SETTLE_SECONDS)
            cpu, before = _cpu(lane), receiver.counts()
            time.sleep(effort.seconds)
            cpu, after = _cpu(lane) - cpu, receiver.counts()
        received = (after.received - before.received) / GIB
        seconds = (after.nanoseconds - before.nanoseconds) / 1e9
        sample = {"GiB/s": received / seconds}
        return sample | ({"CPU s/GiB": cpu / received} if lane.relay else {})


@dataclass(frozen=True)
class Requests(Cell):
    @property
    def name(self) -> str:
        return f"requests, {self.where}"

    def sample(self, lane: Lane, effort: Effort) -> Sample:
        answer = load.requests(lane.entrance, effort.seconds, self.cpu)
        return {"p50 us": answer["p50_us"], "p99 us": answer["p99_us"]}


@dataclass(frozen=True)
class RequestsBesideBulk(Cell):
    @property
    def name(self) -> str:
        return f"requests beside bulk, {self.where}"

    def sample(self, lane: Lane, effort: Effort) -> Sample:
        with load.bulk(lane.entrance, "up", 1, lane.log, self.cpu):
            time.sleep(SETTLE_SECONDS)
            answer = load.requests(lane.entrance, effort.seconds, self.cpu)
        return {"p50 us": answer["p50_us"], "p99 us": answer["p99_us"]}


@dataclass(frozen=True)
class Connects(Cell):
    @property
    def name(self) -> str:
        return f"connects, {self.where}"

    def sample(self, lane: Lane, effort: Effort) -> Sample:
        answer = load.exchanges(lane.entrance, effort.connects, at_once=16, cpu=self.cpu)
        return {"1/s": answer["count"] / answer["seconds"]}


@dataclass(frozen=True)
class Idle(Cell):
    # Later connections take the memory that earlier ones have left.
    once = True

    @property
    def name(self) -> str:
        return f"idle, {self.where}"

    def sample(self, lane: Lane, effort: Effort) -> Sample:
        if not lane.relay:
            return {}
        # A process a connection takes its time, and does not get cheaper with their number.
        count = effort.idle // 10 if lane.name.startswith("socat") else effort.idle
        before = lane.relay.memory()
        with load.idle(lane.entrance, count, lane.log):
            time.sleep(SETTLE_SECONDS)
            return {"KiB": (lane.relay.memory() - before) / count / 1024}


def native_cells() -> list[Cell]:
    """What any machine can do."""
    latency = [
        kind(shape, ONE_CPU) for kind in (Requests, Connects) for shape in (TCP_TCP, TCP_UNIX)
    ]
    return [
        *bulk_cells((TCP_TCP, TCP_UNIX), (None, ONE_CPU), (1, 8, 64)),
        *latency,
        RequestsBesideBulk(TCP_TCP, ONE_CPU),
        Idle(TCP_TCP, None),
    ]


def vsock_cells() -> list[Cell]:
    """What takes a loopback of vsock."""
    shapes = (TCP_VSOCK, VSOCK_TCP)
    return [
        *bulk_cells(shapes, (ONE_CPU,), (1, 8)),
        *(kind(shape, ONE_CPU) for kind in (Requests, Connects) for shape in shapes),
    ]


def bulk_cells(
    shapes: Sequence[Shape], cpus: Sequence[int | None], connections: Sequence[int]
) -> list[Cell]:
    return [
        Bulk(shape, cpu, direction, count)
        for shape in shapes
        for cpu in cpus
        for count in connections
        for direction in ("up", "down")
    ]


def _cpu(lane: Lane) -> float:
    return lane.relay.cpu_seconds() if lane.relay else 0.0
