# SPDX-License-Identifier: GPL-2.0
"""What the tests share: a relay between two ends, and what it leaves behind."""

import socket
import struct
import tempfile
import time
import unittest
from collections.abc import Callable, Sequence
from pathlib import Path

from relaytest.endpoint import Endpoint, connected, fresh, listening
from relaytest.ours import Ours
from relaytest.process import Background, wait_until
from relaytest.relays import OURS, Relay

# Longer than anything takes that works.
SECONDS = 10.0


class RelayCase(unittest.TestCase):
    """Each test has a folder for its files; everything it has started ends with it."""

    relay: Relay = OURS

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def join(self, listen: Endpoint, to: Endpoint) -> Background:
        """The relay between those two; it takes connections now."""
        return self.enterContext(self.relay.start(listen, to, self.folder))

    def run_ours(
        self, *arguments: str, wrapper: Sequence[str] = (), log: Path | None = None
    ) -> Ours:
        """vsock-relay with that command line after "run"."""
        return self.enterContext(Ours(arguments, self.folder, wrapper, log))

    def listen(self, endpoint: Endpoint, backlog: int = 1024) -> socket.socket:
        listener = self.enterContext(listening(endpoint, backlog))
        listener.settimeout(SECONDS)
        return listener

    def connect(self, endpoint: Endpoint) -> socket.socket:
        return self.enterContext(connected(endpoint, SECONDS))

    def accept(self, listener: socket.socket) -> socket.socket:
        accepted, _ = listener.accept()
        accepted.settimeout(SECONDS)
        return self.enterContext(accepted)

    def ends(self, listen: Endpoint, to: Endpoint) -> tuple[socket.socket, socket.socket]:
        """Client and server, joined by a new relay; each has had a byte of the other."""
        listener = self.listen(to)
        self.join(listen, to)
        return self.meet(listen, listener)

    def meet(
        self, entrance: Endpoint, listener: socket.socket
    ) -> tuple[socket.socket, socket.socket]:
        """Client and server, joined by the relay with that entrance."""
        client = self.connect(entrance)
        client.sendall(b"c")
        server = self.accept(listener)
        while not (first := self.first_byte(server)):
            server = self.accept(listener)
        server.sendall(b"s")
        self.assertEqual((client.recv(1), first), (b"s", b"c"))
        return client, server

    def first_byte(self, server: socket.socket) -> bytes:
        """Nothing if somebody has connected only to find out whether the relay is there."""
        try:
            return server.recv(1)
        except ConnectionResetError:
            return b""

    def endpoint(self, kind: str) -> Endpoint:
        """A new one: "tcp", "unix" or "vsock"."""
        return fresh(kind, self.folder)

    def sockets_at_rest(self, process: Background) -> int:
        """How many sockets it has while nobody is connected."""
        # Some that it no longer needs may be on their way out.
        readings = []
        for _ in range(5):
            time.sleep(0.05)
            readings.append(process.sockets())
        return min(readings)

    def assert_rests(self, process: Background, seconds: float = 1.0) -> None:
        """It waits, and does nothing else."""
        before = process.cpu_seconds()
        time.sleep(seconds)
        self.assertLess(process.cpu_seconds() - before, 0.05 * seconds, "it spins")

    def assert_ends(self, entrance: Endpoint) -> None:
        """A connection is taken, and nothing comes but its end."""
        try:
            self.assertEqual(self.connect(entrance).recv(1), b"")
        except ConnectionResetError:
            pass

    def assert_becomes(self, expected: int, value: Callable[[], int], what: str) -> None:
        wait_until(lambda: value() == expected, SECONDS, f"{what}: {expected}")


def reset(connection: socket.socket) -> None:
    """Closes a TCP connection with a RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def receive_all(connection: socket.socket) -> bytes:
    """Everything up to the end."""
    pieces = []
    while piece := connection.recv(2**18):
        pieces.append(piece)
    return b"".join(pieces)
