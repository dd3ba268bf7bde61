# SPDX-License-Identifier: GPL-2.0
"""What the tests share: services, the multiplexer, guests."""

import json
import signal
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any

from relaytest.ours import Ours
from relaytest.process import Background, wait_until
from relaytest.tree import DAEMONS, built
from testvm.tree import PROGRAMS

MUX = DAEMONS / "qgs-mux"
STANDIN = PROGRAMS / "qgs_standin"
LOAD = PROGRAMS / "qgs_load"
# Longer than anything takes that works.
SECONDS = 20.0


class Service:
    """A stand-in for the quote generation service, which may be killed and started again."""

    def __init__(self, path: Path, folder: Path, *options: str) -> None:
        self.path = path
        self._command = [built(STANDIN), f"unix:{path}", *options]
        self._log = folder / f"{path.name}.log"
        self._process = self._started()

    def _started(self) -> Background:
        self._log.write_bytes(b"")
        self.path.unlink(missing_ok=True)
        process = Background(self._command, self._log)
        wait_until(lambda: b"listening" in self._log.read_bytes(), SECONDS, "the service listens")
        return process

    def kill(self) -> None:
        self._process.stop()

    def restart(self) -> None:
        self.kill()
        self._process = self._started()

    def tally(self) -> dict[str, int]:
        """What it has seen."""
        before = len(self._log.read_text().splitlines())
        self._process.process.send_signal(signal.SIGUSR1)
        wait_until(
            lambda: len(self._log.read_text().splitlines()) > before, SECONDS, "the service counts"
        )
        counts: dict[str, int] = json.loads(self._log.read_text().splitlines()[-1])
        return counts


class QgsCase(unittest.TestCase):
    """Each test has a folder for its files; everything it has started ends with it."""

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="qgs.")))
        self.front = self.folder / "front"
        self.control = self.folder / "control"

    def service(self, *options: str, name: str = "qgs") -> Service:
        service = Service(self.folder / name, self.folder, *options)
        self.addCleanup(service.kill)
        return service

    def run_mux(self, *arguments: str, inherited: socket.socket | None = None) -> Ours:
        """qgs-mux with that command line after "run", and a control socket."""
        return self.enterContext(
            Ours(
                ["--control", str(self.control), *arguments],
                self.folder,
                program=MUX,
                inherited=inherited,
            )
        )

    def mux(self, *arguments: str) -> Ours:
        """A multiplexer between `front` and the service."""
        return self.run_mux(
            "--qgs", str(self.folder / "qgs"), "--listen", f"unix:{self.front}", *arguments
        )

    def connect(self, path: Path | None = None) -> socket.socket:
        client = self.enterContext(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        client.settimeout(SECONDS * 2)
        client.connect(str(path or self.front))
        return client

    def ask(self, request: bytes, path: Path | None = None) -> bytes:
        """Everything that comes back until the end."""
        client = self.connect(path)
        client.sendall(request)
        client.shutdown(socket.SHUT_WR)
        return read_to_end(client)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [built(MUX), *words], capture_output=True, text=True, timeout=SECONDS * 2, check=False
        )

    def status(self) -> Any:
        done = self.command("status", "--json", "--control", str(self.control))
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def log(self) -> str:
        return (self.folder / "qgs-mux.log").read_text(errors="replace")


def read_to_end(client: socket.socket) -> bytes:
    data = b""
    while more := client.recv(65536):
        data += more
    return data


def read_exactly(client: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (more := client.recv(size - len(data))):
        data += more
    return data


def start_load(address: str, *options: str, hostile: bool = False) -> subprocess.Popen[str]:
    """Hostile guests have this machine's processors only when nobody else wants them: they are not
    to look stronger because they run beside those whom they attack."""
    prefix = ["nice", "--adjustment=19"] if hostile else []
    return subprocess.Popen(
        [*prefix, built(LOAD), address, *options], stdout=subprocess.PIPE, text=True
    )


def outcome(load: subprocess.Popen[str], seconds: float = 60) -> dict[str, float]:
    """What became of its requests, when it has ended."""
    output, _ = load.communicate(timeout=seconds)
    counts: dict[str, float] = json.loads(output)
    return counts


def run_load(address: str, *options: str, seconds: float = 60) -> dict[str, float]:
    return outcome(start_load(address, *options), seconds)


def lost(counts: dict[str, float]) -> float:
    """Requests without a quote."""
    kinds = ("errors", "wrong", "closed", "unreachable")
    return sum(counts[kind] for kind in kinds)
