# SPDX-License-Identifier: Apache-2.0
"""A vsock-relay for tests: the built program, started as a service manager starts it.

VSOCK_RELAY is the path of the program.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PROGRAM = os.environ["VSOCK_RELAY"]
PATIENCE = 10.0

# Runs a program with one inherited socket, which the protocol wants at descriptor 3, and with its
# own process ID in the environment.
_HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
"""


def run(*words: str | bytes) -> subprocess.CompletedProcess[str]:
    """The program, until it ends by itself."""
    return subprocess.run(
        [PROGRAM, *words], capture_output=True, text=True, check=False, timeout=PATIENCE
    )


class RunningRelay:
    """Use it in a with statement; at its end, the process is gone."""

    def __init__(
        self,
        *words: str,
        environment: Mapping[str, str] | None = None,
        listener: socket.socket | None = None,
        prefix: Sequence[str] = (),
        with_journal: bool = False,
    ) -> None:
        """A listener is handed over; the prefix is a command that runs another. With a journal,
        standard error is said to lead to it."""
        self._folder = tempfile.TemporaryDirectory(prefix="relay-test.")
        self.folder = Path(self._folder.name)
        self.control = self.folder / "control.sock"
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(str(self.folder / "notify"))
        self._log = open(self.folder / "log", "w+", encoding="utf-8", errors="replace")
        command = [*prefix, PROGRAM, "run", "--control", str(self.control), *words]
        variables = {"NOTIFY_SOCKET": str(self.folder / "notify"), **(environment or {})}
        if listener is not None:
            hand_over = [sys.executable, "-c", _HAND_OVER, str(listener.fileno())]
            command = [*hand_over, *command]
            variables["LISTEN_FDS"] = "1"
        if with_journal:
            file = os.fstat(self._log.fileno())
            variables["JOURNAL_STREAM"] = f"{file.st_dev}:{file.st_ino}"
        self.process = subprocess.Popen(
            command,
            env={**os.environ, **variables},
            stderr=self._log,
            pass_fds=[] if listener is None else [listener.fileno()],
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._notify.close()
        self._log.close()
        self._folder.cleanup()

    def notified(self, patience: float = PATIENCE) -> dict[str, str]:
        """The next message to the service manager."""
        self._notify.settimeout(patience)
        message = self._notify.recv(65536).decode()
        return dict(line.split("=", 1) for line in message.split("\n"))

    def ready(self) -> Self:
        message = self.notified()
        assert message.get("READY") == "1", message
        return self

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ended(self) -> int:
        """Its exit status, when it has ended."""
        return self.process.wait(PATIENCE)

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def status(self) -> Any:
        done = run("status", "--json", "--control", str(self.control))
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def port(self, pair: int = 0) -> int:
        """The TCP port at which a pair listens; the kernel may have chosen it."""
        return int(self.status()["pairs"][pair]["from"][0].rpartition(":")[2])
