# SPDX-License-Identifier: GPL-2.0
"""What moves a TD from one host to another: two machines that both dial in are joined.

TCP stands in for vsock here: to the relay it is another address.
"""

import hashlib
import random
import socket
import subprocess
import time
from pathlib import Path

from relaytest.case import SECONDS, RelayCase, receive_all
from relaytest.endpoint import Endpoint, Tcp, Unix, connected, fresh_tcp, fresh_unix
from relaytest.namespaces import Host
from relaytest.process import Background, wait_until
from testvm.images import Images
from testvm.process import output_of, run_logged

MIB = 2**20
STATE = random.Random(3).randbytes(4 * MIB + 1)
SOURCE_PORT, DESTINATION_PORT, HOSTS_PORT = 1234, 1235, 9001
# After this, a connection that was made has been taken.
TAKEN_SECONDS = 0.3


class OneHost(RelayCase):
    """Both machines dial in, instead of: socat TCP-LISTEN:… VSOCK-LISTEN:…"""

    def setUp(self) -> None:
        super().setUp()
        self.source_side: Endpoint = fresh_tcp()
        self.destination_side: Endpoint = fresh_unix(self.folder)

    def start(self, *options: str) -> Background:
        sides = [str(self.source_side), str(self.destination_side)]
        return self.run_ours("--listen", sides[0], "--listen", sides[1], *options)

    def test_whoever_comes_first(self) -> None:
        self.start()
        for first, second in (
            (self.source_side, self.destination_side),
            (self.destination_side, self.source_side),
        ):
            early = self.connect(first)
            time.sleep(TAKEN_SECONDS)
            # Who comes second finds a partner, and may send at once.
            self.assert_joined(self.connect(second), early)

    def test_one_session_after_the_other(self) -> None:
        process = self.start()
        at_rest = self.sockets_at_rest(process)
        for _ in range(5):
            self.assert_joined(*self.connect_both())
        self.assert_becomes(at_rest, process.sockets, "sockets")

    def test_several_sessions_at_once(self) -> None:
        self.start()
        sessions = [self.connect_both() for _ in range(5)]
        for source, destination in sessions:
            self.assert_joined(source, destination)

    def test_what_came_before_the_partner_is_dropped(self) -> None:
        self.start()
        source = self.connect(self.source_side)
        source.sendall(b"stale")
        time.sleep(TAKEN_SECONDS)
        destination = self.connect(self.destination_side)
        time.sleep(TAKEN_SECONDS)
        source.sendall(b"fresh")
        self.assertEqual(destination.recv(100), b"fresh")

    def test_side_that_has_left_is_forgotten(self) -> None:
        self.start()
        connected(self.source_side).close()
        time.sleep(TAKEN_SECONDS)
        self.assert_joined(*self.connect_both())

    def test_side_that_is_held_in_vain(self) -> None:
        process = self.start("--hold", "1s")
        at_rest = self.sockets_at_rest(process)
        start = time.monotonic()
        self.assert_ends(self.source_side)
        self.assertAlmostEqual(time.monotonic() - start, 1, delta=0.7)
        self.assert_becomes(at_rest, process.sockets, "sockets")

    def test_both_sides_have_to_be_dialled(self) -> None:
        listeners = [self.listen(self.source_side), self.listen(self.destination_side)]
        self.run_ours("--connect", str(self.source_side), "--connect", str(self.destination_side))
        source, destination = (self.accept(listener) for listener in listeners)
        time.sleep(TAKEN_SECONDS)
        self.assert_joined(source, destination)

    def connect_both(self) -> tuple[socket.socket, socket.socket]:
        source = self.connect(self.source_side)
        time.sleep(TAKEN_SECONDS)
        destination = self.connect(self.destination_side)
        time.sleep(TAKEN_SECONDS)
        return source, destination

    def assert_joined(self, one: socket.socket, other: socket.socket) -> None:
        """Each gets what the other sends, and its end."""
        one.sendall(b"request")
        one.shutdown(socket.SHUT_WR)
        self.assertEqual(receive_all(other), b"request")
        other.sendall(b"answer")
        other.close()
        self.assertEqual(receive_all(one), b"answer")
        one.close()


class TwoHosts(RelayCase):
    """A relay on each host; the hosts are network namespaces with a cable between them.

    source - 1234 [relay] 9001 ---- cable ---- [relay] 1235 - destination
    """

    SOURCE_ADDRESS, DESTINATION_ADDRESS = "10.9.0.1", "10.9.0.2"

    def setUp(self) -> None:
        super().setUp()
        self.source_host = self.enterContext(Host(self.folder))
        self.destination_host = self.enterContext(Host(self.folder))
        self.source_host.join(self.destination_host, self.SOURCE_ADDRESS, self.DESTINATION_ADDRESS)

    def start_source_relay(self) -> None:
        words = [str(Tcp(SOURCE_PORT)), f"tcp:{self.SOURCE_ADDRESS}:{HOSTS_PORT}"]
        self.run_ours(
            "--listen", words[0], "--listen", words[1], wrapper=self.source_host.wrapper
        )

    def start_destination_relay(self) -> None:
        self.run_ours(
            *("--from", str(Tcp(DESTINATION_PORT))),
            *("--to", f"tcp:{self.SOURCE_ADDRESS}:{HOSTS_PORT}"),
            *("--attempts", "0", "--backoff", "50ms", "--backoff-max", "200ms"),
            wrapper=self.destination_host.wrapper,
        )

    def test_source_dials_first(self) -> None:
        self.start_source_relay()
        self.start_destination_relay()
        source = self.dial(self.source_host, SOURCE_PORT)
        destination = self.dial(self.destination_host, DESTINATION_PORT)
        self.assert_moves(source, destination)

    def test_destination_dials_before_there_is_a_source_host(self) -> None:
        self.start_destination_relay()
        destination = self.dial(self.destination_host, DESTINATION_PORT)
        self.start_source_relay()
        source = self.dial(self.source_host, SOURCE_PORT)
        self.assert_moves(source, destination)

    def dial(self, host: Host, port: int) -> "subprocess.Popen[bytes]":
        """A machine that has connected to its host."""
        command = [*host.wrapper, "socat", "-t", str(SECONDS), "-", f"TCP:127.0.0.1:{port}"]
        machine = self.enterContext(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        )
        self.addCleanup(machine.kill)
        time.sleep(2 * TAKEN_SECONDS)
        return machine

    def assert_moves(
        self, source: "subprocess.Popen[bytes]", destination: "subprocess.Popen[bytes]"
    ) -> None:
        """The state comes, and after it an answer goes back."""
        assert source.stdin and destination.stdout
        source.stdin.write(STATE)
        source.stdin.close()
        source.stdin = None
        received = destination.stdout.read(len(STATE))
        digest = hashlib.sha256(received).hexdigest().encode()
        destination.communicate(digest, timeout=SECONDS)
        answer, _ = source.communicate(timeout=SECONDS)
        self.assertEqual(answer.decode(), hashlib.sha256(STATE).hexdigest())


class Chardev(RelayCase):
    """The variant over serial ports: at both ends is a chardev of a QEMU with a guest in it."""

    def test_guest_that_asks_and_guest_that_echoes(self) -> None:
        for listen, to in (("tcp", "tcp"), ("unix", "tcp"), ("tcp", "unix")):
            with self.subTest(listen=listen, to=to):
                entrance, behind = self.endpoint(listen), self.endpoint(to)
                echoing = self.guest(ask=False, chardev=f"{chardev_word(behind)},server=on,wait=off")
                self.wait_for_qemu(behind, echoing)
                self.run_ours("--from", str(entrance), "--to", str(behind))
                self.assert_all_came_back(self.guest(ask=True, chardev=chardev_word(entrance)))
                echoing.stop()

    def test_two_servers(self) -> None:
        first, second = fresh_tcp(), fresh_unix(self.folder)
        self.guest(ask=False, chardev=f"{chardev_word(first)},server=on,wait=on")
        asking = self.guest(ask=True, chardev=f"{chardev_word(second)},server=on,wait=on")
        self.run_ours("--connect", str(first), "--connect", str(second), "--backoff", "50ms")
        self.assert_all_came_back(asking)

    def guest(self, *, ask: bool, chardev: str) -> Background:
        """A machine whose serial port is that chardev."""
        disk = self.folder / f"guest.{int(ask)}"
        build_guest(disk, ask)
        return self.enterContext(
            Background(
                [
                    *Images().qemu(),
                    *("-accel", "tcg", "-m", "16", "-nodefaults", "-no-user-config"),
                    *("-display", "none", "-device", "isa-debug-exit,iobase=0xf4"),
                    *("-drive", f"file={disk},format=raw,if=ide,snapshot=on"),
                    *("-chardev", f"socket,id=serial,{chardev}", "-serial", "chardev:serial"),
                ],
                self.folder / "qemu.log",
            )
        )

    def wait_for_qemu(self, endpoint: Endpoint, qemu: Background) -> None:
        """It listens. It takes one connection at a time, so nobody may try."""
        option = "--unix" if isinstance(endpoint, Unix) else "--tcp"
        word = str(endpoint.path) if isinstance(endpoint, Unix) else "{}:{}".format(*endpoint.name)
        wait_until(lambda: is_bound(option, word), SECONDS, "QEMU listens")
        qemu.check_alive()

    def assert_all_came_back(self, qemu: Background) -> None:
        # Both guests are emulated, and wait busily.
        wait_until(qemu.has_ended, 3 * SECONDS, "the guest has everything back")
        good = 2 * 0x10 + 1
        self.assertEqual(qemu.process.returncode, good)


def chardev_word(endpoint: Endpoint) -> str:
    if isinstance(endpoint, Unix):
        return f"path={endpoint.path}"
    return "host={},port={}".format(*endpoint.name)


def is_bound(option: str, word: str) -> bool:
    """Whether ss knows a listener like that."""
    return word in output_of(["ss", option, "--listening", "--numeric", "--no-header"])


def build_guest(disk: Path, ask: bool) -> None:
    source = Path(__file__).resolve().parents[1] / "guest/serial_guest.S"
    code, log = disk.with_suffix(".o"), disk.with_suffix(".log")
    assemble = ["as", "--32", "--defsym", f"ASK={int(ask)}", "-o", str(code), str(source)]
    run_logged(assemble, log)
    place = ["-m", "elf_i386", "-Ttext", "0x7c00", "--oformat", "binary"]
    run_logged(["ld", *place, "-o", str(disk), str(code)], log)
