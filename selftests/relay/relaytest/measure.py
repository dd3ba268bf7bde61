# SPDX-License-Identifier: GPL-2.0
"""Asks all relays the question of a cell, in turn."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from relaytest import load
from relaytest.cells import DIRECT, Cell, Effort, Lane, Sample
from relaytest.endpoint import fresh
from relaytest.process import wait_until
from relaytest.relays import Relay

Samples = dict[str, list[Sample]]
"""By the name of the relay; of all, those at the same place were taken one after the other."""


def measure(
    cell: Cell, relays: Sequence[Relay], effort: Effort, folder: Path, say: Callable[[str], None]
) -> Samples:
    """All slices of one cell. `folder` takes files; `say` is told what goes on."""
    able = [relay for relay in relays if relay.can(cell.shape.client, cell.shape.server)]
    samples: Samples = {DIRECT: [], **{relay.name: [] for relay in able}}
    with _lanes(cell, able, folder) as lanes:
        count = 1 if cell.once else effort.slices
        for number in range(count):
            say(f"{cell.name}: slice {number + 1} of {count}")
            # Nobody always comes after the same one.
            for lane in (*lanes[number % len(lanes) :], *lanes[: number % len(lanes)]):
                samples[lane.name].append(cell.sample(lane, effort))
                _wait_until_quiet(lane)
                if lane.relay:
                    lane.relay.check_alive()
    return {name: slices for name, slices in samples.items() if slices[0]}


@contextmanager
def _lanes(cell: Cell, relays: Sequence[Relay], folder: Path) -> Iterator[list[Lane]]:
    """A server of its own for each relay, and for the client that needs none."""
    with ExitStack() as running:

        def lane(name: str, relay: Relay | None) -> Lane:
            log = folder / f"{name}.log"
            behind = fresh(cell.shape.server, folder)
            server = running.enter_context(load.server([behind], log, cell.cpu))
            if not relay:
                return Lane(name, behind, server, None, log)
            entrance = fresh(cell.shape.client, folder)
            process = running.enter_context(relay.start(entrance, behind, folder, cell.cpu))
            return Lane(name, entrance, server, process, log)

        yield [lane(DIRECT, None), *(lane(relay.name, relay) for relay in relays)]


def _wait_until_quiet(lane: Lane) -> None:
    """What is left of a slice must not cost the next one."""
    wait_until(
        lambda: lane.server.counts().connections == 0, 10, f"{lane.name} closes its connections"
    )
