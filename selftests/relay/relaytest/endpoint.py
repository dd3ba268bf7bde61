# SPDX-License-Identifier: GPL-2.0
"""Where programs listen and connect to, in the words of vsock-relay."""

import itertools
import random
import socket
from dataclasses import dataclass
from pathlib import Path

from testvm.errors import Failure

LOOPBACK = "127.0.0.1"
LOCAL_CID = 1
# Below those that the kernel gives to clients, and in an order of its own, as another program that
# does the same may run beside this one.
_candidates = itertools.cycle(random.sample(range(20000, 32000), 12000))


@dataclass(frozen=True)
class Tcp:
    """A port of the loopback interface."""

    port: int

    def __str__(self) -> str:
        return f"tcp:{LOOPBACK}:{self.port}"

    def socket(self) -> socket.socket:
        return socket.socket(socket.AF_INET, socket.SOCK_STREAM)

    @property
    def name(self) -> tuple[str, int]:
        return (LOOPBACK, self.port)


@dataclass(frozen=True)
class Unix:
    """A socket in the file system."""

    path: Path

    def __str__(self) -> str:
        return f"unix:{self.path}"

    def socket(self) -> socket.socket:
        return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

    @property
    def name(self) -> str:
        return str(self.path)


@dataclass(frozen=True)
class Vsock:
    """A port of the loopback of vsock, where there is one: in the virtual machines."""

    port: int

    def __str__(self) -> str:
        return f"vsock:{LOCAL_CID}:{self.port}"

    def socket(self) -> socket.socket:
        return socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)

    @property
    def name(self) -> tuple[int, int]:
        return (LOCAL_CID, self.port)


Endpoint = Tcp | Unix | Vsock


def fresh_tcp() -> Tcp:
    """A port that nobody listens on, and nobody has used for a while."""
    for port in itertools.islice(_candidates, 1000):
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
        return Tcp(port)
    raise Failure("no free TCP port")


def fresh_unix(folder: Path) -> Unix:
    """A path that nobody has used."""
    return Unix(folder / f"socket.{next(_candidates)}")


def fresh(kind: str, folder: Path) -> Endpoint:
    """A new one: "tcp", "unix" or "vsock"."""
    if kind == "unix":
        return fresh_unix(folder)
    # A port of vsock may have any number.
    return fresh_tcp() if kind == "tcp" else Vsock(next(_candidates))


def listening(endpoint: Endpoint, backlog: int = 1024) -> socket.socket:
    """A socket that listens there."""
    listener = endpoint.socket()
    if isinstance(endpoint, Tcp):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(endpoint.name)
    listener.listen(backlog)
    return listener


def connected(endpoint: Endpoint, seconds: float = 10) -> socket.socket:
    """A socket that is connected there, with that limit of time for this and everything else."""
    client = endpoint.socket()
    client.settimeout(seconds)
    client.connect(endpoint.name)
    return client


def is_listening(endpoint: Endpoint) -> bool:
    """Whether somebody takes connections there."""
    try:
        connected(endpoint, 1).close()
    except (ConnectionRefusedError, ConnectionResetError, FileNotFoundError):
        return False
    return True


def _has_vsock() -> bool:
    try:
        endpoint = Vsock(next(_candidates))
        with listening(endpoint), connected(endpoint, 1):
            return True
    except OSError:
        return False


KINDS = ("tcp", "unix", *["vsock"] * _has_vsock())
"""All that this machine has."""
SHAPES = list(itertools.product(KINDS, KINDS))
"""Both sides of a relay."""
