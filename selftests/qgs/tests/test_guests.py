# SPDX-License-Identifier: GPL-2.0
"""Many guests, some of them hostile."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from qgstest.case import QgsCase, lost, outcome, run_load, start_load
from qgstest.wire import PLATFORM_INFO_REQUEST, quote_request, report
from relaytest.ours import Ours
from relaytest.process import wait_until

NAME = "kata.hvsock_4050"
HONEST = 1000
# Of each kind of hostile guests.
FLOODERS = 4
STALLERS = 2
BABBLERS = 2
LEAVERS = 2


class GuestCase(QgsCase):
    def setUp(self) -> None:
        super().setUp()
        self.guests = self.folder / "vm"
        self.stopping = threading.Event()

    def folders(self, names: list[str], *options: str) -> Ours:
        for name in names:
            (self.guests / name).mkdir(parents=True)
        mux = self.run_mux(
            "--qgs", str(self.folder / "qgs"), "--watch", f"{self.guests}/{{guest}}/{NAME}",
            "--log-level", "warning", *options,
        )
        wait_until(
            lambda: self.status()["watches"][0]["open"] == len(names), 30, "all sockets are there"
        )
        return mux

    def address(self, name: str) -> str:
        return f"unix:{self.guests}/{name}/{NAME}"

    def molest(self, name: str, work: Callable[[Path], None]) -> None:
        """Does that over and over, until the test is over."""
        path = self.guests / name / NAME

        def repeat() -> None:
            while not self.stopping.is_set():
                with contextlib.suppress(OSError):
                    work(path)
                # The processor is not what they are after.
                time.sleep(0.01)

        thread = threading.Thread(target=repeat)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.stopping.set)


def dial(path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(1)
    client.connect(str(path))
    return client


def stall(path: Path) -> None:
    """Begins requests, and does not go on."""
    with contextlib.ExitStack() as clients:
        for size in (1, 4, 19, 20, 500, 1051):
            clients.enter_context(dial(path)).sendall(quote_request()[:size])
        time.sleep(0.5)


def babble(path: Path) -> None:
    for text in (b"\xff" * 5000, b"\x00" * 64, quote_request()[::-1], PLATFORM_INFO_REQUEST[:-8]):
        with dial(path) as client:
            client.sendall(text)
            client.recv(4096)


def leave(path: Path) -> None:
    """Asks, and does not wait."""
    for request in (quote_request(), report()):
        with dial(path) as client:
            client.sendall(request * 3)


class ManyGuestsTest(GuestCase):
    def test_a_thousand_guests_beside_hostile_ones(self) -> None:
        service = self.service("--time", "2000", "--threads", "4")
        capacity = run_load(f"unix:{service.path}", "--at-once", "4", "--seconds", "2")
        per_second = capacity["answered"] / capacity["seconds"]
        honest = [f"h{number}" for number in range(HONEST)]
        hostile = [
            f"{kind}{number}"
            for kind, count in (
                ("flood", FLOODERS), ("stall", STALLERS), ("babble", BABBLERS), ("leave", LEAVERS)
            )
            for number in range(count)
        ]
        self.folders(honest + hostile)
        floods = [
            start_load(
                self.address(f"flood{number}"), "--at-once", "100", "--seconds", "12", hostile=True
            )
            for number in range(FLOODERS)
        ]
        for number in range(2):
            self.molest(f"stall{number}", stall)
            self.molest(f"babble{number}", babble)
            self.molest(f"leave{number}", leave)
        time.sleep(1)
        counts = run_load(self.address("h{n}"), "--guests", str(HONEST), "--requests", "2")
        for flood in floods:
            outcome(flood)
        self.assertEqual((counts["answered"], lost(counts)), (HONEST * 2, 0), counts)
        # Each waits for one request of each other guest. Three times that, as the machine has more
        # to do than before.
        bound = 3 * (HONEST + len(hostile)) / per_second + 1
        self.assertLess(counts["max_us"] / 1e6, bound, f"{counts}, {per_second:.0f} a second")
        print(f"  capacity {per_second:.0f}/s, bound {bound:.2f} s, {counts}")
        by_name = {guest["name"]: guest for guest in self.status()["guests"]}
        self.assertGreater(by_name["babble0"]["malformed"], 0)
        self.assertGreater(by_name["flood0"]["requests"], HONEST // 100)

    def test_victim_beside_a_flooder(self) -> None:
        self.service("--time", "5000", "--threads", "4")
        self.folders(["victim", "flood"])
        alone = run_load(self.address("victim"), "--requests", "200")
        flood = start_load(self.address("flood"), "--at-once", "100", "--seconds", "6", hostile=True)
        time.sleep(0.5)
        beside = run_load(self.address("victim"), "--requests", "200")
        outcome(flood)
        self.assertEqual((lost(alone), lost(beside)), (0, 0))
        # It waits for one of the flooder's requests at most, and for the machine: not for a hundred.
        print(f"  alone {alone['p50_us']:.0f} us, beside a flooder {beside['p50_us']:.0f} us")
        self.assertLess(beside["p50_us"], 4 * alone["p50_us"])

    def test_shares_are_equal(self) -> None:
        # Whether a guest has eight requests under way or fifty.
        self.service("--time", "2000", "--threads", "2")
        names = [f"g{number}" for number in range(10)]
        self.folders(["greedy", *names], "--threads", "2")
        greedy = start_load(self.address("greedy"), "--at-once", "50", "--seconds", "4")
        modest = run_load(
            self.address("g{n}"), "--guests", "10", "--at-once", "8", "--seconds", "4"
        )
        share = outcome(greedy)["answered"] / (modest["answered"] / 10)
        self.assertGreater(modest["jain"], 0.95, modest)
        self.assertLess(share, 1.3)


class LimitTest(GuestCase):
    def test_connections_of_a_guest(self) -> None:
        self.service()
        self.folders(["a", "b"], "--guest-connections", "3")
        kept = [self.connect(self.guests / "a" / NAME) for _ in range(3)]
        extra = self.connect(self.guests / "a" / NAME)
        self.assertEqual(extra.recv(1), b"")
        self.assertEqual(lost(run_load(self.address("b"), "--at-once", "3")), 0)
        self.assertEqual(self.status()["turned_away"], 1)
        kept.pop().close()
        wait_until(
            lambda: self.status()["guests"][0]["connections"] == 2, 10, "one connection is closed"
        )
        self.assertEqual(lost(run_load(self.address("a"))), 0)

    def test_queue_of_a_guest(self) -> None:
        self.service("--threads", "1", "--time", "100000")
        self.folders(["a"], "--threads", "1", "--guest-queue", "4")
        counts = run_load(self.address("a"), "--at-once", "10", "--requests", "1")
        # One is with the service, four wait.
        self.assertEqual((counts["answered"], counts["errors"], counts["wrong"]), (5, 5, 0))

    def test_rate_of_a_guest(self) -> None:
        self.service()
        self.folders(["a", "b"], "--guest-rate", "5")
        counts = run_load(self.address("a"), "--requests", "20")
        self.assertEqual((counts["answered"], counts["errors"]), (5, 15))
        self.assertEqual(lost(run_load(self.address("b"), "--requests", "5")), 0)
        time.sleep(1)
        self.assertEqual(lost(run_load(self.address("a"), "--requests", "4")), 0)

    def test_all_connections(self) -> None:
        self.service()
        self.folders(["a"], "--max-connections", "2")
        kept = [self.connect(self.guests / "a" / NAME) for _ in range(2)]
        self.assertEqual(self.connect(self.guests / "a" / NAME).recv(1), b"")
        self.assertEqual(len(kept), 2)


class MemoryTest(GuestCase):
    def test_idle_guest_takes_little(self) -> None:
        mux = self.folders([])
        self.service()
        before = mux.memory()
        for number in range(1000):
            (self.guests / f"h{number}").mkdir(parents=True)
        wait_until(lambda: self.status()["watches"][0]["open"] == 1000, 30, "all are open")
        clients = [self.connect(self.guests / f"h{number}" / NAME) for number in range(1000)]
        wait_until(lambda: self.status()["connections"] == 1000, 10, "all are connected")
        each = (mux.memory() - before) / 1000
        print(f"  an idle guest with a folder and a connection takes {each:.0f} bytes")
        self.assertLess(each, 8192)
        self.assertEqual(len(clients), 1000)
