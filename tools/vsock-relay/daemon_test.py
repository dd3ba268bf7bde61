#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the running program: signals, service manager, status and metrics.

VSOCK_RELAY is the path of the program.
"""

import contextlib
import ctypes
import os
import resource
import signal
import socket
import stat
import struct
import subprocess
import tempfile
import threading
import time
import unittest
from collections.abc import Iterator, Sequence
from pathlib import Path

from running_relay import PATIENCE, RunningRelay, run

LISTEN = ("--from", "tcp:127.0.0.1:0")
NETWORK = ("unshare", "--user", "--map-root-user", "--net")
MOUNTS = ("unshare", "--user", "--map-root-user", "--mount")


class EchoServer:
    """Answers each connection with what it gets."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp:127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    @staticmethod
    def _serve(connection: socket.socket) -> None:
        with connection, contextlib.suppress(ConnectionResetError):
            while data := connection.recv(65536):
                connection.sendall(data)


ECHO = EchoServer()


def may_make(namespace: Sequence[str]) -> bool:
    return subprocess.run([*namespace, "true"], stderr=subprocess.DEVNULL).returncode == 0


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), PATIENCE)


def exchange(connection: socket.socket, data: bytes) -> bytes:
    connection.sendall(data)
    return connection.recv(len(data), socket.MSG_WAITALL)


def toml(folder: Path, text: str) -> Path:
    path = folder / "relay.toml"
    path.write_text(text, encoding="utf-8")
    return path


def pair(name: str, port: int = 0) -> str:
    return f'[[pair]]\nname = "{name}"\nfrom = "tcp:127.0.0.1:{port}"\nto = "{ECHO.address}"\n'


@contextlib.contextmanager
def stopped(thread: int) -> Iterator[None]:
    """One thread of a child, as a debugger stops it. The others go on."""
    attach, detach, all_threads = 16, 17, 0x40000000
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(attach, thread, None, None) != 0:
        raise unittest.SkipTest(f"ptrace: {os.strerror(ctypes.get_errno())}")
    os.waitpid(thread, all_threads)
    try:
        yield
    finally:
        libc.ptrace(detach, thread, None, None)


class StartTest(unittest.TestCase):
    def test_relays_when_it_says_that_it_is_ready(self) -> None:
        with RunningRelay(*LISTEN, "--to", ECHO.address) as relay:
            message = relay.notified()
            self.assertEqual(message, {"READY": "1", "STATUS": "relaying 1 pair"})
            with connect(relay.port()) as client:
                self.assertEqual(exchange(client, b"hello"), b"hello")

    def test_says_why_it_cannot_listen(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            address = f"tcp:127.0.0.1:{other.getsockname()[1]}"
            done = run("run", "--from", address, "--to", ECHO.address)
            self.assertEqual(done.returncode, 1)
            self.assertIn(address, done.stderr)
            self.assertIn("Address already in use", done.stderr)

    def test_says_which_unix_socket_it_cannot_make(self) -> None:
        for words in (
            ("--from", "unix:/nowhere/at/all", "--to", ECHO.address),
            (*LISTEN, "--to", ECHO.address, "--control", "/nowhere/at/all"),
        ):
            done = run("run", *words)
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stderr.count("cannot listen on"), 1)
            self.assertIn('"unix:/nowhere/at/all": bind: No such file', done.stderr)
            self.assertIn("hint: make the folder", done.stderr)

    def test_takes_a_socket_from_the_service_manager(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            words = ("--from", "fd:web", "--to", ECHO.address)
            with RunningRelay(
                *words, listener=listener, environment={"LISTEN_FDNAMES": "web"}
            ) as relay:
                relay.ready()
                with connect(listener.getsockname()[1]) as client:
                    self.assertEqual(exchange(client, b"hello"), b"hello")

    @unittest.skipUnless(may_make(MOUNTS), "mounts of its own are not allowed here")
    def test_listens_at_each_address_of_a_name_that_this_machine_has(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with tempfile.TemporaryDirectory() as folder:
            hosts = Path(folder, "hosts")
            prefix = (*MOUNTS, "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', str(hosts))
            words = ("--from", f"tcp:front.test:{port}", "--to", ECHO.address)
            lacking = "192.0.2.1 front.test\n"
            hosts.write_text(f"{lacking}127.0.0.1 front.test\n127.0.0.1 front.test me\n")
            with RunningRelay(*words, prefix=prefix) as relay:
                relay.ready()
                self.assertEqual(relay.status()["pairs"][0]["from"], [f"tcp:127.0.0.1:{port}"])
                self.assertIn(f'cannot listen on "tcp:192.0.2.1:{port}"', relay.log())
            hosts.write_text(lacking)
            with RunningRelay(*words, prefix=prefix) as relay:
                self.assertEqual(relay.ended(), 1)
                self.assertIn(f'cannot listen on "tcp:192.0.2.1:{port}"', relay.log())

    def test_has_a_worker_for_each_processor_that_it_may_use(self) -> None:
        usable = sorted(os.sched_getaffinity(0))
        for processors in (usable[:1], usable):
            on = ",".join(map(str, processors))
            with RunningRelay(*LISTEN, "--to", ECHO.address, prefix=("taskset", "-c", on)) as relay:
                relay.ready()
                threads = list(Path(f"/proc/{relay.process.pid}/task").iterdir())
                # The first one waits for signals.
                self.assertEqual(len(threads), 1 + len(processors))

    def test_wants_the_socket_that_it_was_told_of(self) -> None:
        done = run("run", "--from", "fd:web", "--to", ECHO.address)
        self.assertEqual(done.returncode, 1)
        self.assertIn('"fd:web"', done.stderr)

    @unittest.skipUnless(may_make(NETWORK), "a network of its own is not allowed here")
    def test_brings_the_loopback_interface_up(self) -> None:
        for more, is_up in (((), False), (("--setup-lo",), True)):
            words = ("--from", "unix:@relay-test-lo", "--to", ECHO.address, *more)
            with RunningRelay(*words, prefix=NETWORK) as relay:
                relay.ready()
                # It has the address only while it is up.
                routes = Path(f"/proc/{relay.process.pid}/net/fib_trie").read_text()
                self.assertEqual("127.0.0.1" in routes, is_up)


class StopTest(unittest.TestCase):
    def test_lets_connections_end(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            with RunningRelay(*LISTEN, "--to", ECHO.address) as relay:
                port = relay.ready().port()
                with connect(port) as client:
                    self.assertEqual(exchange(client, b"before"), b"before")
                    relay.signal(number)
                    message = relay.notified()
                    self.assertEqual(message["STOPPING"], "1")
                    self.assertEqual(message["EXTEND_TIMEOUT_USEC"], "40000000")
                    self.assertEqual(exchange(client, b"after"), b"after")
                    self.assertEqual(relay.status()["state"], "draining")
                    with self.assertRaises(ConnectionRefusedError):
                        connect(port)
                    self.assertIsNone(relay.process.poll())
                self.assertEqual(relay.ended(), 0)
                self.assertIn("all connections are closed", relay.log())

    def test_ends_at_once_if_asked_twice(self) -> None:
        with RunningRelay(*LISTEN, "--to", ECHO.address) as relay:
            with connect(relay.ready().port()) as client:
                exchange(client, b"hello")
                relay.signal(signal.SIGTERM)
                relay.notified()
                relay.signal(signal.SIGTERM)
                self.assertEqual(relay.ended(), 0)

    def test_ends_when_its_patience_is_over(self) -> None:
        with RunningRelay(*LISTEN, "--to", ECHO.address, "--drain", "300ms") as relay:
            port = relay.ready().port()
            with connect(port) as client, connect(port) as other:
                exchange(client, b"hello")
                exchange(other, b"hello")
                start = time.monotonic()
                relay.signal(signal.SIGTERM)
                self.assertEqual(relay.ended(), 0)
                self.assertGreaterEqual(time.monotonic() - start, 0.25)
            self.assertIn("stopping: out of time, 2 connections were broken off", relay.log())


class ReloadTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def reload(self, relay: RunningRelay) -> dict[str, str]:
        relay.signal(signal.SIGHUP)
        message = relay.notified()
        self.assertEqual(message["RELOADING"], "1")
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self.assertLessEqual(int(message["MONOTONIC_USEC"]), now)
        message = relay.notified()
        self.assertEqual(message["READY"], "1")
        return message

    def test_takes_a_pair_over_without_dropping_a_connection(self) -> None:
        config = toml(self.folder, pair("first"))
        with RunningRelay("--config", str(config)) as relay:
            with connect(relay.ready().port()) as client:
                exchange(client, b"before")
                toml(self.folder, pair("first") + pair("second"))
                self.assertEqual(self.reload(relay)["STATUS"], "relaying 2 pairs")
                self.assertEqual(exchange(client, b"after"), b"after")
                with connect(relay.port(1)) as other:
                    self.assertEqual(exchange(other, b"hello"), b"hello")

    def test_says_that_workers_need_a_restart(self) -> None:
        config = toml(self.folder, "workers = 1\n" + pair("first"))
        with RunningRelay("--config", str(config)) as relay:
            relay.ready()
            self.reload(relay)
            self.assertNotIn("workers", relay.log())
            toml(self.folder, "workers = 2\n" + pair("first"))
            self.assertEqual(self.reload(relay)["STATUS"], "relaying 1 pair")
            self.assertIn("the number of workers stays 1, not 2 (hint: restart", relay.log())

    def test_counts_only_pairs_that_take_connections(self) -> None:
        config = toml(self.folder, pair("first") + pair("second"))
        with RunningRelay("--config", str(config)) as relay:
            with connect(relay.ready().port(1)) as client:
                exchange(client, b"before")
                toml(self.folder, pair("first"))
                self.assertEqual(self.reload(relay)["STATUS"], "relaying 1 pair")
                self.assertEqual(exchange(client, b"after"), b"after")
                entry = relay.status()["pairs"][1]
                self.assertEqual((entry["name"], entry["gone"]), ("second", True))

    def test_keeps_the_old_configuration_if_the_new_one_is_wrong(self) -> None:
        config = toml(self.folder, pair("first"))
        with RunningRelay("--config", str(config)) as relay:
            port = relay.ready().port()
            toml(self.folder, "nonsense = 1\n" + pair("second"))
            self.assertIn("the last reload failed", self.reload(relay)["STATUS"])
            complaint = f'{config}:1:1: unknown key "nonsense"'
            status = relay.status()
            self.assertEqual(status["config_error"], complaint)
            self.assertEqual([entry["name"] for entry in status["pairs"]], ["first"])
            self.assertIn(complaint, relay.log())
            with connect(port) as client:
                self.assertEqual(exchange(client, b"hello"), b"hello")

            toml(self.folder, pair("first"))
            self.assertEqual(self.reload(relay)["STATUS"], "relaying 1 pair")
            self.assertEqual(relay.status()["config_error"], "")

    def test_keeps_the_old_configuration_if_a_port_is_taken(self) -> None:
        config = toml(self.folder, pair("first"))
        with RunningRelay("--config", str(config)) as relay:
            relay.ready()
            with socket.create_server(("127.0.0.1", 0)) as other:
                toml(self.folder, pair("first") + pair("second", other.getsockname()[1]))
                self.assertIn("the last reload failed", self.reload(relay)["STATUS"])
                self.assertIn("Address already in use", relay.status()["config_error"])

    def test_moves_the_metrics(self) -> None:
        config = toml(self.folder, f'metrics = "unix:{self.folder}/a"\n' + pair("first"))
        with RunningRelay("--config", str(config)) as relay:
            relay.ready()
            self.assertTrue((self.folder / "a").is_socket())
            toml(self.folder, f'metrics = "unix:{self.folder}/b"\n' + pair("first"))
            self.reload(relay)
            self.assertFalse((self.folder / "a").exists())
            self.assertTrue((self.folder / "b").is_socket())
            toml(self.folder, pair("first"))
            self.reload(relay)
            self.assertFalse((self.folder / "b").exists())

    def test_leaves_the_metrics_where_they_are_if_it_fails(self) -> None:
        config = toml(self.folder, f'metrics = "unix:{self.folder}/a"\n' + pair("first"))
        with RunningRelay("--config", str(config)) as relay:
            relay.ready()
            with socket.create_server(("127.0.0.1", 0)) as other:
                taken = pair("first", other.getsockname()[1])
                for metrics in (f'metrics = "unix:{self.folder}/b"\n', ""):
                    toml(self.folder, metrics + taken)
                    self.assertIn("the last reload failed", self.reload(relay)["STATUS"])
                    self.assertFalse((self.folder / "b").exists())
                    with socket.socket(socket.AF_UNIX) as client:
                        client.connect(str(self.folder / "a"))


class DescriptorsTest(unittest.TestCase):
    FEW = ("prlimit", "--nofile=128:128")

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def rush(self, path: Path, count: int) -> list[socket.socket]:
        """So many clients, or fewer if the queue is full."""
        clients = []
        for _ in range(count):
            client = socket.socket(socket.AF_UNIX)
            self.addCleanup(client.close)
            client.setblocking(False)
            try:
                client.connect(str(path))
            except BlockingIOError:
                break
            clients.append(client)
        return clients

    def assert_serves(self, relay: RunningRelay) -> None:
        with connect(relay.port()) as client:
            self.assertEqual(exchange(client, b"hello"), b"hello")

    def test_are_as_many_as_the_relay_may_have(self) -> None:
        few = ("prlimit", "--nofile=64:200")
        with RunningRelay(*LISTEN, "--to", ECHO.address, prefix=few) as relay:
            relay.ready()
            soft, hard = resource.prlimit(relay.process.pid, resource.RLIMIT_NOFILE)
            self.assertEqual((soft, hard), (200, 200))

    def test_are_not_all_for_sides_that_wait(self) -> None:
        sides = [self.folder / "a", self.folder / "b"]
        listen = ", ".join(f'"unix:{side}"' for side in sides)
        config = toml(self.folder, f"workers = 1\n[[pair]]\nlisten = [{listen}]\n" + pair("echo"))
        with RunningRelay("--config", str(config), prefix=self.FEW) as relay:
            relay.ready()
            crowd = self.rush(sides[0], 200)
            self.assertGreater(len(crowd), 128)
            self.assert_serves(relay)
            # Nor does the crowd keep those out for whom it waits; who has found one makes room.
            self.assertLess(relay.status()["pairs"][1]["waiting"], 20)
            partners = self.rush(sides[1], 20)
            end = time.monotonic() + PATIENCE
            while relay.status()["pairs"][1]["active"] < 20:
                self.assertLess(time.monotonic(), end)
            for client, partner in zip(crowd, partners):
                partner.sendall(b"x")
                client.settimeout(PATIENCE)
                self.assertEqual(client.recv(1), b"x")

    def test_are_not_all_for_bulk_data(self) -> None:
        entrance, dead_end = self.folder / "entrance", self.folder / "dead end"
        stalls = f'[[pair]]\nfrom = "unix:{entrance}"\nto = "unix:{dead_end}"\n'
        config = toml(self.folder, "workers = 1\n" + stalls + pair("echo"))
        with socket.socket(socket.AF_UNIX) as nobody_reads:
            nobody_reads.bind(str(dead_end))
            nobody_reads.listen(128)
            with RunningRelay("--config", str(config), prefix=self.FEW) as relay:
                relay.ready()
                clients = self.rush(entrance, 30)
                self.assertEqual(len(clients), 30)
                for _ in range(20):
                    for client in clients:
                        with contextlib.suppress(BlockingIOError):
                            client.send(b"x" * 200_000)
                    time.sleep(0.02)
                self.assert_serves(relay)


class WatchdogTest(unittest.TestCase):
    def test_gives_signs_of_life_in_time(self) -> None:
        environment = {"WATCHDOG_USEC": "2000000"}
        with RunningRelay(*LISTEN, "--to", ECHO.address, environment=environment) as relay:
            signs = [(relay.notified(), time.monotonic()) for _ in range(4)]
            times = [at for message, at in signs if message == {"WATCHDOG": "1"}]
            self.assertGreaterEqual(len(times), 3)
            for before, after in zip(times, times[1:]):
                self.assertLess(after - before, 2)

    def signs_within(self, relay: RunningRelay, seconds: float) -> int:
        end = time.monotonic() + seconds
        signs = 0
        while time.monotonic() < end:
            with contextlib.suppress(TimeoutError):
                signs += relay.notified(0.1) == {"WATCHDOG": "1"}
        return signs

    def test_gives_none_while_a_worker_hangs(self) -> None:
        environment = {"WATCHDOG_USEC": "200000"}
        words = (*LISTEN, "--to", ECHO.address, "--workers", "2")
        with RunningRelay(*words, environment=environment) as relay:
            relay.notified()
            tasks = Path(f"/proc/{relay.process.pid}/task")
            # Also the last one, which is home to no pair.
            for worker in sorted(int(task.name) for task in tasks.iterdir())[1:]:
                self.assertGreater(self.signs_within(relay, 0.5), 0)
                with stopped(worker):
                    # One may have been under way.
                    self.signs_within(relay, 0.3)
                    self.assertEqual(self.signs_within(relay, 0.5), 0)


class StatusTest(unittest.TestCase):
    def test_counts(self) -> None:
        with RunningRelay(*LISTEN, "--to", ECHO.address, "--name", "echo") as relay:
            port = relay.ready().port()
            with connect(port) as client:
                exchange(client, b"x" * 1000)
                entry = relay.status()["pairs"][0]
                self.assertEqual((entry["name"], entry["active"], entry["accepted"]), ("echo", 1, 1))
                self.assertEqual(entry["to"], [ECHO.address])
                self.assertEqual((entry["bytes_forward"], entry["bytes_back"]), (1000, 1000))
            shown = run("status", "--control", str(relay.control))
            self.assertEqual(shown.returncode, 0)
            self.assertIn(f'pair "echo": tcp:127.0.0.1:{port} -> {ECHO.address}\n', shown.stdout)

    def test_is_nobody_elses_business(self) -> None:
        with RunningRelay(*LISTEN, "--to", ECHO.address) as relay:
            relay.ready()
            self.assertEqual(stat.S_IMODE(relay.control.stat().st_mode), 0o600)
            relay.signal(signal.SIGTERM)
            self.assertEqual(relay.ended(), 0)
            self.assertFalse(relay.control.exists())

    def test_says_that_nobody_is_there(self) -> None:
        done = run("status", "--control", "/nowhere/control.sock")
        self.assertEqual(done.returncode, 1)
        self.assertIn('cannot ask the relay at "/nowhere/control.sock": No such file', done.stderr)
        self.assertIn("hint: does a relay run with --control", done.stderr)

    def visit(self, relay: RunningRelay) -> socket.socket:
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(client.close)
        client.settimeout(PATIENCE)
        client.connect(str(relay.control))
        return client

    def test_survives_clients_that_do_not_speak_or_too_much(self) -> None:
        with RunningRelay(*LISTEN, "--to", ECHO.address) as relay:
            port = relay.ready().port()
            chatterer = self.visit(relay)
            with self.assertRaises((BrokenPipeError, ConnectionResetError)):
                while True:
                    chatterer.sendall(b"x" * 4096)
            # As many as are served at once, and more.
            silent = [self.visit(relay) for _ in range(40)]
            with connect(port) as client:
                self.assertEqual(exchange(client, b"hello"), b"hello")
            start = time.monotonic()
            while run("status", "--control", str(relay.control)).returncode != 0:
                self.assertLess(time.monotonic() - start, 30)
            self.assertEqual(silent[0].recv(1), b"", "shown the door")


class MetricsTest(unittest.TestCase):
    def get(self, address: str | tuple[str, int], request: bytes) -> bytes:
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as client:
            client.settimeout(PATIENCE)
            client.connect(address)
            client.sendall(request)
            answer = b""
            while data := client.recv(65536):
                answer += data
            return answer

    def test_are_served_on_a_unix_socket(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/metrics"
            words = (*LISTEN, "--to", ECHO.address, "--name", "echo", "--metrics", f"unix:{path}")
            with RunningRelay(*words) as relay:
                with connect(relay.ready().port()) as client:
                    exchange(client, b"hello")
                    answer = self.get(path, b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertTrue(answer.startswith(b"HTTP/1.1 200 OK\r\n"))
                self.assertIn(b'\nvsock_relay_bytes_forward_total{pair="echo"} 5\n', answer)
                self.assertIn(b'\nvsock_relay_active{pair="echo"} 1\n', answer)

    def test_are_served_on_localhost(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        words = (*LISTEN, "--to", ECHO.address, "--metrics", f"tcp:127.0.0.1:{port}")
        with RunningRelay(*words) as relay:
            relay.ready()
            request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
            self.assertTrue(self.get(("127.0.0.1", port), request).startswith(b"HTTP/1.1 404 "))
            # Byte by byte, as no client sends it.
            with connect(port) as client:
                for byte in b"GET /metrics HTTP/1.1\r\n\r\n":
                    client.sendall(bytes([byte]))
                self.assertEqual(client.recv(15, socket.MSG_WAITALL), b"HTTP/1.1 200 OK")


class LogTest(unittest.TestCase):
    def visit_in_vain(self, port: int) -> None:
        # The reset may come before connect() returns.
        with self.assertRaises(ConnectionResetError), connect(port) as client:
            client.recv(1)

    def test_a_noisy_pair_does_not_silence_another(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            noisy = '[[pair]]\nname = "noisy"\nfrom = "tcp:127.0.0.1:0"\nto = "unix:/nowhere/1"\n'
            quiet = noisy.replace("noisy", "quiet").replace("/1", "/2")
            config = toml(Path(folder), noisy + quiet)
            with RunningRelay("--config", str(config)) as relay:
                relay.ready()
                for index in [0] * 10 + [1]:
                    self.visit_in_vain(relay.port(index))
                self.assertIn('PAIR="noisy"', relay.log())
                self.assertIn('PAIR="quiet"', relay.log())

    def test_tells_of_a_target_that_another_stands_in_for(self) -> None:
        words = ("--to", "unix:/nowhere/1", "--to", ECHO.address)
        with RunningRelay(*LISTEN, *words) as relay:
            with connect(relay.ready().port()) as client:
                self.assertEqual(exchange(client, b"hello"), b"hello")
            self.assertIn('cannot reach "unix:/nowhere/1": ', relay.log())
            self.assertIn(f'; trying "{ECHO.address}"', relay.log())

    def test_names_all_targets_that_cannot_be_reached(self) -> None:
        targets = [word for number in range(6) for word in ("--to", f"unix:/nowhere/{number}")]
        with RunningRelay(*LISTEN, *targets) as relay:
            self.visit_in_vain(relay.ready().port())
            last = relay.log().splitlines()[-1]
            for number in range(4):
                self.assertIn(f'"unix:/nowhere/{number}": ', last)
            self.assertIn("; and 2 more", last)

    def test_goes_to_standard_error(self) -> None:
        # The variable is there, but it names another socket.
        with RunningRelay(
            *LISTEN, "--to", ECHO.address, environment={"JOURNAL_STREAM": "1:1"}
        ) as relay:
            relay.ready()
            self.assertEqual(relay.log(), "vsock-relay: relaying 1 pair\n")

    @unittest.skipUnless(may_make(MOUNTS), "mounts of its own are not allowed here")
    def test_goes_to_the_journal_with_fields(self) -> None:
        with (
            tempfile.TemporaryDirectory() as folder,
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal,
        ):
            journal.bind(f"{folder}/socket")
            journal.settimeout(PATIENCE)
            place = "mount -t tmpfs none /run && mkdir -p /run/systemd/journal"
            mount = f'{place} && mount --bind "$0" /run/systemd/journal && exec "$@"'
            prefix = (*MOUNTS, "sh", "-c", mount, folder)
            with RunningRelay(
                *LISTEN, "--to", ECHO.address, prefix=prefix, with_journal=True
            ) as relay:
                relay.ready()
                self.assertEqual(
                    journal_fields(journal.recv(65536)),
                    {
                        "PRIORITY": "6",
                        "SYSLOG_IDENTIFIER": "vsock-relay",
                        "MESSAGE": "relaying 1 pair",
                    },
                )
                self.assertEqual(relay.log(), "")


def journal_fields(datagram: bytes) -> dict[str, str]:
    """Reads the journal's native protocol, of which we only use the form with a length."""
    fields = {}
    while datagram:
        name, _, datagram = datagram.partition(b"\n")
        (length,) = struct.unpack_from("<Q", datagram)
        fields[name.decode()] = datagram[8 : 8 + length].decode()
        assert datagram[8 + length : 9 + length] == b"\n"
        datagram = datagram[9 + length :]
    return fields


if __name__ == "__main__":
    unittest.main()
