# SPDX-License-Identifier: GPL-2.0
"""Programs that run in the background, with their children, and what they use."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from testvm.errors import Failure
from testvm.process import tail

TICKS = os.sysconf("SC_CLK_TCK")


class Background:
    """A program that runs until it is stopped; its children belong to it.

    log: takes its standard error, and its standard output unless `pipes` is set.
    cpu: the only processor that it may use.
    inherited: a socket that it finds as descriptor 3, announced as by systemd.
    """

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        *,
        pipes: bool = False,
        cpu: int | None = None,
        inherited: socket.socket | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.log = log
        self.name = Path(command[0]).name
        words = list(command)
        passed: tuple[int, ...] = ()
        if inherited:
            # LISTEN_PID can only be known in the new process.
            number = inherited.fileno()
            announce = f'export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@" 3<&{number}'
            words = ["sh", "-c", announce, "sh", *words]
            passed = (number,)
        if cpu is not None:
            words = ["taskset", "--cpu-list", str(cpu), *words]
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                # It must not outlive the program that uses it.
                ["setpriv", "--pdeathsig", "KILL", *words],
                stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
                stdout=subprocess.PIPE if pipes else output,
                stderr=output,
                pass_fds=passed,
                env=os.environ | (environment or {}),
                # The session tells whose children processes are, also those of dead parents.
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def stdin(self) -> IO[bytes]:
        assert self.process.stdin
        return self.process.stdin

    @property
    def stdout(self) -> IO[bytes]:
        assert self.process.stdout
        return self.process.stdout

    @property
    def pid(self) -> int:
        return self.process.pid

    def stop(self) -> None:
        """Ends it and its children, and forgets them."""
        for pid in self._pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def check_alive(self) -> None:
        """Failure, with the end of the log, if it has ended."""
        status = self.process.poll()
        if status is not None:
            raise Failure(f"{self.name} has ended with status {status}:\n{tail(self.log, 20)}")

    def cpu_seconds(self) -> float:
        """Processor time used so far, by it and its children."""
        seconds = 0.0
        for pid in self._pids():
            for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
                nanoseconds = _read(task).split()
                seconds += int(nanoseconds[0]) / 1e9 if nanoseconds else 0.0
            # Of children that have ended.
            fields = _stat(pid)
            seconds += sum(map(int, fields[13:15])) / TICKS if fields else 0.0
        return seconds

    def memory(self) -> int:
        """Bytes of user memory that are its and its children's own; shared pages count in parts."""
        kibibytes = 0
        for pid in self._pids():
            for line in _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines():
                if line.startswith("Pss_Anon:"):
                    kibibytes += int(line.split()[1])
        return kibibytes * 1024

    def sockets(self) -> int:
        """How many it has open, with its children."""
        return sum(link.startswith("socket:") for link in self._descriptors())

    def pipes(self) -> int:
        """How many ends of pipes it has open, with its children."""
        return sum(link.startswith("pipe:") for link in self._descriptors())

    def _descriptors(self) -> Iterator[str]:
        for pid in self._pids():
            for path in Path(f"/proc/{pid}/fd").iterdir():
                try:
                    yield os.readlink(path)
                except FileNotFoundError:
                    pass

    def _pids(self) -> Iterator[int]:
        for path in Path("/proc").iterdir():
            if path.name.isdecimal() and _session(int(path.name)) == self.pid:
                yield int(path.name)


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Failure, which says `what` did not happen, if the condition does not become true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failure(f"{what}: not within {seconds:g} seconds")
        time.sleep(0.01)


def _stat(pid: int) -> list[str]:
    """The fields after the name, which may contain anything; none if the process is gone."""
    return _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()


def _session(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[3]) if fields else 0


def _read(path: Path) -> str:
    """The text of a file of /proc; nothing if its process is gone."""
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
