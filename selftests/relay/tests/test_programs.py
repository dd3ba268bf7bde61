# SPDX-License-Identifier: GPL-2.0
"""The relay between programs that know nothing of it."""

import hashlib
import random
import subprocess

from relaytest import load
from relaytest.case import RelayCase
from relaytest.endpoint import SHAPES, Endpoint, Tcp, Vsock, is_listening
from relaytest.process import Background, wait_until
from relaytest.relays import SocketProxyd, socat_word

MIB = 2**20
DATA = random.Random(2).randbytes(8 * MIB + 1)
SECONDS = 30


class Socat(RelayCase):
    """At both ends."""

    def test_checksum_of_all_that_was_sent(self) -> None:
        for listen, to in SHAPES:
            with self.subTest(listen=listen, to=to):
                entrance, behind = self.endpoint(listen), self.endpoint(to)
                # It can only answer after the end of the request.
                answering = ["socat", "-t", "10", socat_word(behind, "LISTEN") + ",fork"]
                self.start([*answering, "SYSTEM:sha256sum"], behind)
                self.join(entrance, behind)
                answer = run(["socat", "-t", "10", "-", socat_word(entrance, "CONNECT")])
                self.assertEqual(answer.split()[0].decode(), hashlib.sha256(DATA).hexdigest())

    def start(self, command: list[str], behind: Endpoint) -> None:
        self.enterContext(Background(command, self.folder / "server.log"))
        wait_until(lambda: is_listening(behind), 10, "the server listens")


class Ncat(RelayCase):
    """At both ends."""

    def test_file_from_the_client_to_the_server(self) -> None:
        for listen, to in SHAPES:
            with self.subTest(listen=listen, to=to):
                entrance, behind = self.endpoint(listen), self.endpoint(to)
                received = self.folder / f"received.{listen}.{to}"
                self.serve(behind, f"cat > {received}")
                self.join(entrance, behind)
                run(["ncat", *ncat_words(entrance)])
                # ncat lets nobody wait for its children.
                wait_until(lambda: received.read_bytes() == DATA, 10, "all has come")

    def test_file_from_the_server_to_the_client(self) -> None:
        sent = self.folder / "sent"
        sent.write_bytes(DATA)
        for listen, to in SHAPES:
            with self.subTest(listen=listen, to=to):
                entrance, behind = self.endpoint(listen), self.endpoint(to)
                self.serve(behind, f"cat {sent}")
                self.join(entrance, behind)
                received = run(["ncat", "--recv-only", *ncat_words(entrance)], b"")
                self.assertTrue(received == DATA, "not what was sent")

    def serve(self, behind: Endpoint, script: str) -> None:
        command = ["ncat", "--listen", "--keep-open", "--sh-exec", script, *ncat_words(behind)]
        self.enterContext(Background(command, self.folder / "server.log"))
        wait_until(lambda: is_listening(behind), 10, "the server listens")


class Chain(RelayCase):
    """Several relays, one behind the other."""

    def test_before_socket_proxyd(self) -> None:
        for middle in ("tcp", "unix"):
            with self.subTest(middle=middle):
                entrance, between, behind = map(self.endpoint, ("tcp", middle, "tcp"))
                self.serve(behind)
                self.enterContext(SocketProxyd().start(between, behind, self.folder))
                self.join(entrance, between)
                self.exchange(entrance)

    def test_behind_socket_proxyd(self) -> None:
        for middle in ("tcp", "unix"):
            with self.subTest(middle=middle):
                entrance, between, behind = map(self.endpoint, ("tcp", middle, "tcp"))
                self.serve(behind)
                self.join(between, behind)
                self.enterContext(SocketProxyd().start(entrance, between, self.folder))
                self.exchange(entrance)

    def test_of_three(self) -> None:
        hops = [self.endpoint(kind) for kind in ("tcp", "unix", "tcp", "unix")]
        self.serve(hops[-1])
        for listen, to in reversed(list(zip(hops, hops[1:]))):
            self.join(listen, to)
        self.exchange(hops[0], half_close=True)

    def serve(self, behind: Endpoint) -> None:
        self.enterContext(load.server([behind], self.folder / "load.log"))

    def exchange(self, entrance: Endpoint, *, half_close: bool = False) -> None:
        load.exchanges(entrance, total=100, at_once=10, bytes=MIB, half_close=half_close)


def run(command: list[str], data: bytes = DATA) -> bytes:
    """What a program prints that gets the data."""
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, timeout=SECONDS, check=True)
    return done.stdout


def ncat_words(endpoint: Endpoint) -> list[str]:
    if isinstance(endpoint, Tcp):
        return [endpoint.name[0], str(endpoint.port)]
    if isinstance(endpoint, Vsock):
        return ["--vsock", str(endpoint.name[0]), str(endpoint.port)]
    return ["--unixsock", str(endpoint.path)]
