# SPDX-License-Identifier: GPL-2.0
"""How the benchmark judges what it has measured."""

import unittest

from relaytest.cells import DIRECT, TCP_TCP, Bulk, Cell, Idle, Requests
from relaytest.goals import outcomes
from relaytest.measure import Samples

BULK = Bulk(TCP_TCP, None, "up", 1)


def slices(figure: str, **values: list[float]) -> Samples:
    """Samples of one figure, by the names of relays with _ for -."""
    return {
        name.replace("_", "-"): [{figure: value} for value in figures]
        for name, figures in values.items()
    }


class Outcomes(unittest.TestCase):
    def verdicts(self, cell: Cell, samples: Samples) -> list[tuple[str, float, bool]]:
        return [(o.rival, o.value, o.met) for o in outcomes(cell, samples)]

    def test_rival_is_the_best_peer(self) -> None:
        samples = slices("p50 us", vsock_relay=[12.0], haproxy=[16.0], socat_8k=[10.0])
        samples = {
            name: [{"p50 us": s["p50 us"], "p99 us": s["p50 us"]} for s in taken]
            for name, taken in samples.items()
        }
        self.assertEqual(
            self.verdicts(Requests(TCP_TCP, 0), samples), [("socat-8k", 1.2, False)] * 2
        )

    def test_ratio_is_of_neighbours(self) -> None:
        """The machine got slower from slice to slice, for all."""
        samples = slices("GiB/s", vsock_relay=[3.0, 2.0, 1.0], direct=[4.0, 2.5, 0.5])
        for taken in samples.values():
            for sample in taken:
                sample["CPU s/GiB"] = 1.0
        self.assertEqual(self.verdicts(BULK, samples), [(DIRECT, 0.8, True)])

    def test_limit_of_the_figure_itself(self) -> None:
        cell = Idle(TCP_TCP, None)
        self.assertEqual(
            self.verdicts(cell, slices("KiB", vsock_relay=[0.6])), [("", 0.6, False)]
        )

    def test_nothing_without_vsock_relay_or_without_rivals(self) -> None:
        self.assertEqual(self.verdicts(BULK, slices("GiB/s", haproxy=[1.0])), [])
        alone = slices("p50 us", vsock_relay=[1.0])
        self.assertEqual(self.verdicts(Requests(TCP_TCP, 0), alone), [])
