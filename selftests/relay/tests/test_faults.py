# SPDX-License-Identifier: GPL-2.0
"""What goes wrong around a relay must not go further than it has to."""

import os
import random
import selectors
import socket
import time
from pathlib import Path

from relaytest import load
from relaytest.case import SECONDS, RelayCase, receive_all
from relaytest.endpoint import Endpoint, Tcp, connected, fresh_tcp
from relaytest.load import Load
from relaytest.name_server import NameServer
from relaytest.process import Background, wait_until

MIB = 2**20
# More than all buffers on the way take.
DATA = random.Random(1).randbytes(64 * MIB)
# Asks the server for an echo of one byte.
ECHO = b"Ex"


class Killed(RelayCase):
    """A program at an end of the relay is killed: its partner learns it, the relay forgets both."""

    def setUp(self) -> None:
        super().setUp()
        self.entrance, self.behind = fresh_tcp(), fresh_tcp()
        self.log = self.folder / "load.log"
        self.server = self.enterContext(load.server([self.behind], self.log))
        self.process = self.run_ours("--from", str(self.entrance), "--to", str(self.behind))
        self.at_rest = self.sockets_at_rest(self.process)
        self.assert_serves()

    def test_client_of_idle_connections(self) -> None:
        self.kill(self.enterContext(load.idle(self.entrance, 20, self.log)))

    def test_client_that_sends(self) -> None:
        self.kill(self.bulk("up"))

    def test_client_that_receives(self) -> None:
        self.kill(self.bulk("down"))

    def test_server_of_idle_connections(self) -> None:
        client = self.enterContext(load.idle(self.entrance, 20, self.log))
        self.server.stop()
        # To the clients it is an answer that has ended: they may go on.
        client.stop()
        self.assert_forgotten()

    def test_server_that_receives(self) -> None:
        self.kill_server_of(self.bulk("up"))

    def test_server_that_sends(self) -> None:
        self.kill_server_of(self.bulk("down"))

    def test_server_that_has_heard_the_end(self) -> None:
        client = self.connect(self.entrance)
        client.sendall(ECHO)
        self.assertEqual(client.recv(1), ECHO[1:])
        client.shutdown(socket.SHUT_WR)
        self.server.stop()
        self.assertEqual(client.recv(1), b"")
        self.assert_forgotten()

    def bulk(self, direction: str) -> Load:
        return self.enterContext(load.bulk(self.entrance, direction, 4, self.log))

    def kill(self, client: Load) -> None:
        time.sleep(0.2)
        client.check_alive()
        client.stop()
        self.assert_becomes(0, lambda: self.server.counts().connections, "connections")
        self.assert_forgotten()

    def kill_server_of(self, client: Load) -> None:
        time.sleep(0.2)
        client.check_alive()
        self.server.stop()
        wait_until(client.has_ended, SECONDS, "the client ends")
        self.assert_forgotten()

    def assert_forgotten(self) -> None:
        self.assert_becomes(self.at_rest, self.process.sockets, "sockets of the relay")
        self.assert_rests(self.process)
        if self.server.has_ended():
            self.server = self.enterContext(load.server([self.behind], self.log))
        self.assert_serves()

    def assert_serves(self) -> None:
        load.exchanges(self.entrance, total=10, at_once=5, bytes=MIB, half_close=True)


class Unreachable(RelayCase):
    """Nobody is behind the relay."""

    def test_nobody_listens(self) -> None:
        entrance, behind = fresh_tcp(), fresh_tcp()
        process = self.run_ours("--from", str(entrance), "--to", str(behind))
        for _ in range(20):
            self.assert_ends(entrance)
        self.assert_rests(process)
        with load.server([behind], self.folder / "load.log"):
            load.exchanges(entrance, total=10, at_once=5)

    def test_server_that_does_not_accept(self) -> None:
        entrance, behind = fresh_tcp(), fresh_tcp()
        self.fill_backlog(behind)
        process = self.run_ours(
            "--from", str(entrance), "--to", str(behind), "--connect-timeout", "1s"
        )
        at_rest = self.sockets_at_rest(process)
        start = time.monotonic()
        self.assert_ends(entrance)
        self.assertAlmostEqual(time.monotonic() - start, 1, delta=0.7)
        self.assert_becomes(at_rest, process.sockets, "sockets")

    def test_client_that_leaves_meanwhile(self) -> None:
        entrance, behind = fresh_tcp(), fresh_tcp()
        self.fill_backlog(behind)
        process = self.run_ours(
            "--from", str(entrance), "--to", str(behind), "--connect-timeout", "2s"
        )
        at_rest = self.sockets_at_rest(process)
        for _ in range(5):
            connected(entrance).close()
        self.assert_becomes(at_rest, process.sockets, "sockets")
        self.assert_rests(process)

    def fill_backlog(self, endpoint: Tcp) -> None:
        """Somebody listens there, and the kernel can keep nobody waiting any more."""
        self.listen(endpoint, backlog=0)
        self.connect(endpoint)
        with self.assertRaises(TimeoutError):
            self.enterContext(connected(endpoint, 0.3))


class Descriptors(RelayCase):
    """The relay has 64 descriptors, and 80 clients come."""

    def test_all_are_served_in_the_end(self) -> None:
        entrance, behind = fresh_tcp(), fresh_tcp()
        server = self.enterContext(load.server([behind], self.folder / "load.log"))
        process = self.run_ours(
            *("--from", str(entrance), "--to", str(behind)), wrapper=["prlimit", "--nofile=64:64"]
        )
        at_rest = self.sockets_at_rest(process)
        clients = [self.connect(entrance) for _ in range(80)]
        for client in clients:
            client.sendall(ECHO)

        served = self.served(clients, 0.5)
        self.assertGreater(len(served), 10)
        self.assertLess(len(served), 32)
        self.assert_rests(process)
        while served:
            for client in served:
                clients.remove(client)
                client.close()
            served = self.served(clients, 0.5)
        self.assertEqual(len(clients), 0, "clients without service")
        process.check_alive()
        self.assert_becomes(0, lambda: server.counts().connections, "connections")
        self.assert_becomes(at_rest, process.sockets, "sockets")
        load.exchanges(entrance, total=10, at_once=5)

    def served(self, clients: list[socket.socket], seconds: float) -> list[socket.socket]:
        """Those who have their echo after that time without any other."""
        served = []
        with selectors.DefaultSelector() as selector:
            for client in clients:
                selector.register(client, selectors.EVENT_READ, client)
            while events := selector.select(seconds):
                for key, _ in events:
                    self.assertEqual(key.data.recv(2), ECHO[1:])
                    selector.unregister(key.data)
                    served.append(key.data)
        return served


class Names(RelayCase):
    """The address of the server is a name."""

    def setUp(self) -> None:
        super().setUp()
        # The port is always the same; another run of this may be under way.
        address = f"127.53.{random.randint(0, 255)}.{random.randint(1, 254)}"
        self.names = self.enterContext(NameServer(address))
        self.port = fresh_tcp().port
        self.entrance = fresh_tcp()

    def start(self, *options: str) -> Background:
        words = ["--from", str(self.entrance), "--to", f"tcp:server.test:{self.port}", *options]
        return self.run_ours(*words, wrapper=self.names.wrapper(self.folder))

    def server_at(self, address: str) -> socket.socket:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = self.enterContext(socket.create_server((address, self.port), family=family))
        listener.settimeout(SECONDS)
        return listener

    def test_new_address_when_its_time_has_come(self) -> None:
        old, new = self.server_at("127.0.0.2"), self.server_at("127.0.0.3")
        self.names.addresses = ["127.0.0.2"]
        self.start()
        self.meet(self.entrance, old)
        self.names.addresses = ["127.0.0.3"]
        time.sleep(self.names.ttl + 0.5)
        self.meet(self.entrance, new)

    def test_name_is_not_asked_for_within_its_time(self) -> None:
        listener = self.server_at("127.0.0.2")
        self.names.addresses, self.names.ttl = ["127.0.0.2"], 60
        # Each worker asks for itself.
        self.start("--workers", "1")
        self.meet(self.entrance, listener)
        asked = self.names.questions
        for _ in range(10):
            self.meet(self.entrance, listener)
        self.assertEqual(self.names.questions, asked)

    def test_addresses_are_tried_in_turn(self) -> None:
        listener = self.server_at("127.0.0.3")
        self.names.addresses = ["127.0.0.2", "127.0.0.3"]
        self.start()
        for _ in range(4):
            self.meet(self.entrance, listener)

    def test_addresses_of_both_families_are_tried(self) -> None:
        for address in ("127.0.0.2", "::1"):
            self.names.addresses = ["127.0.0.2", "::1"]
            with self.subTest(listens=address), self.start(), self.server_at(address) as listener:
                self.meet(self.entrance, listener)

    def test_only_the_family_asked_for(self) -> None:
        self.names.addresses = ["127.0.0.2", "::1"]
        old, new = self.server_at("127.0.0.2"), self.server_at("::1")
        for family, listener in (("ipv4", old), ("ipv6", new)):
            with self.subTest(family=family), self.start("--family", family):
                for _ in range(4):
                    self.meet(self.entrance, listener)
        self.names.addresses = ["127.0.0.2"]
        with self.start("--family", "ipv6") as relay:
            self.assert_ends(self.entrance)
            self.assertIn("no address of the family asked for", relay.log.read_text())

    def test_name_that_vanishes_and_comes_back(self) -> None:
        listener = self.server_at("127.0.0.2")
        self.names.addresses = ["127.0.0.2"]
        process = self.start("--connect-timeout", "2s")
        client, server = self.meet(self.entrance, listener)
        self.names.addresses = []
        time.sleep(self.names.ttl + 0.5)
        self.assert_ends(self.entrance)
        self.assert_rests(process)
        client.sendall(b"old connections go on")
        self.assertEqual(server.recv(100), b"old connections go on")
        self.names.addresses = ["127.0.0.2"]
        time.sleep(self.names.ttl + 0.5)
        self.meet(self.entrance, listener)

    def test_name_server_that_is_set_after_the_start(self) -> None:
        listener = self.server_at("127.0.0.2")
        self.names.addresses = ["127.0.0.2"]
        wrapper = self.names.wrapper(self.folder)
        settings = self.folder / "resolv.conf"
        right = settings.read_text()
        nobody = "127.53.0.0"
        settings.write_text(right.replace(self.names.own_address, nobody))
        target = f"tcp:server.test:{self.port}"
        self.run_ours("--from", str(self.entrance), "--to", target, wrapper=wrapper)
        self.assert_ends(self.entrance)
        settings.write_text(right)
        self.meet(self.entrance, listener)

    def test_name_server_that_is_silent(self) -> None:
        listener = self.server_at("127.0.0.2")
        self.names.addresses = ["127.0.0.2"]
        process = self.start("--connect-timeout", "2s")
        self.meet(self.entrance, listener)
        time.sleep(self.names.ttl + 0.5)
        self.names.silent = True
        self.assert_ends(self.entrance)
        self.assert_rests(process)
        self.names.silent = False
        # What was asked meanwhile has failed by then.
        time.sleep(5)
        self.meet(self.entrance, listener)


class Logs(RelayCase):
    """Nobody takes what the relay has to tell."""

    def test_disk_is_full(self) -> None:
        self.complain_and_serve(Path("/dev/full"))

    def test_reader_has_stopped(self) -> None:
        path = self.folder / "pipe"
        os.mkfifo(path)
        reader = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        while True:
            try:
                os.write(reader, bytes(4096))
            except BlockingIOError:
                break
        self.complain_and_serve(path)

    def complain_and_serve(self, log: Path) -> None:
        entrance, behind = fresh_tcp(), fresh_tcp()
        process = self.run_ours("--from", str(entrance), "--to", str(behind), log=log)
        for _ in range(200):
            # Nobody is there: something to complain about.
            self.assert_ends(entrance)
        with load.server([behind], self.folder / "load.log"):
            load.exchanges(entrance, total=50, at_once=10, bytes=MIB, half_close=True)
        self.assertFalse(process.has_ended())
        self.assert_rests(process)


class SlowReader(RelayCase):
    """Clients send, and the server takes its time."""

    def test_memory_is_bounded_and_nothing_is_lost(self) -> None:
        entrance, behind = fresh_tcp(), fresh_tcp()
        listener = self.listen(behind)
        process = self.run_ours("--from", str(entrance), "--to", str(behind))
        before = process.memory()
        pairs = [self.meet(entrance, listener) for _ in range(20)]
        sent = [self.fill(client) for client, _ in pairs]
        self.assertLess(process.memory() - before, len(pairs) * MIB)
        self.assert_rests(process)
        for (_, server), count in zip(pairs, sent):
            self.assertTrue(receive_all(server) == DATA[:count], "not what was sent")

    def fill(self, client: socket.socket) -> int:
        """Sends until nothing more is taken, and then the end; returns how many bytes went."""
        client.settimeout(0.3)
        count = 0
        try:
            while count < len(DATA):
                count += client.send(DATA[count : count + MIB])
        except TimeoutError:
            client.shutdown(socket.SHUT_WR)
            return count
        self.fail("the relay takes everything")


class Limit(RelayCase):
    """More clients than the relay may have."""

    def test_those_that_are_too_many_wait(self) -> None:
        entrance, behind = fresh_tcp(), fresh_tcp()
        listener = self.listen(behind)
        process = self.run_ours(
            *("--from", str(entrance), "--to", str(behind), "--max-connections", "4")
        )
        pairs = [self.meet(entrance, listener) for _ in range(4)]
        waiting = self.connect(entrance)
        waiting.sendall(b"w")
        listener.settimeout(0.5)
        with self.assertRaises(TimeoutError):
            listener.accept()
        self.assert_rests(process)
        for end in pairs[0]:
            end.close()
        listener.settimeout(SECONDS)
        self.assertEqual(self.accept(listener).recv(1), b"w")


class Soak(RelayCase):
    """10,000 connections leave nothing behind."""

    def test_memory_and_descriptors(self) -> None:
        entrance, behind = fresh_tcp(), fresh_tcp()
        self.enterContext(load.server([behind], self.folder / "load.log"))
        process = self.run_ours("--from", str(entrance), "--to", str(behind))
        at_rest = self.sockets_at_rest(process)
        self.carry(entrance, 2000)
        before = process.memory()
        self.carry(entrance, 8000)
        self.assert_becomes(at_rest, process.sockets, "sockets")
        # It may keep some for later.
        self.assertLessEqual(process.pipes(), 64 * (os.cpu_count() or 1))
        self.assertLess(process.memory() - before, MIB // 4)
        self.assert_rests(process)

    def carry(self, entrance: Endpoint, connections: int) -> None:
        """Half of them end one direction after the other, the others both at once."""
        for half_close in (True, False):
            load.exchanges(
                entrance, connections // 2, at_once=200, bytes=100_000, half_close=half_close
            )
