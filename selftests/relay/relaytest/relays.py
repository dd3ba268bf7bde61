# SPDX-License-Identifier: GPL-2.0
"""The relays that are compared, and how each is started."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from relaytest.endpoint import Endpoint, Unix, Vsock, is_listening, listening
from relaytest.process import Background, wait_until
from relaytest.tree import RELAY, built
from testvm.errors import Failure

# More than any measurement opens; a process may have 20,000 descriptors and less.
CONNECTIONS = 4096


class Relay(ABC):
    """Takes connections at one endpoint, and joins each to one that it opens to another."""

    name: str
    kinds: Sequence[str] = ("tcp", "unix")
    """Of endpoints that it knows."""

    def can(self, *kinds: str) -> bool:
        return all(kind in self.kinds for kind in kinds)

    @abstractmethod
    def command(self, listen: Endpoint, to: Endpoint, folder: Path) -> list[str]:
        """`folder` takes files until the program has ended."""

    def start(
        self, listen: Endpoint, to: Endpoint, folder: Path, cpu: int | None = None
    ) -> Background:
        """The relay, which takes connections now."""
        command = self.command(listen, to, folder)
        started = self.launch(command, listen, folder / f"{self.name}.log", cpu)
        try:
            wait_until(lambda: started.has_ended() or is_listening(listen), 10, f"{self.name} listens")
            started.check_alive()
        except Failure:
            started.stop()
            raise
        return started

    def launch(
        self, command: list[str], listen: Endpoint, log: Path, cpu: int | None
    ) -> Background:
        return Background(command, log, cpu=cpu)


class VsockRelay(Relay):
    name = "vsock-relay"
    kinds = ("tcp", "unix", "vsock")

    def command(self, listen: Endpoint, to: Endpoint, folder: Path) -> list[str]:
        limit = ["--max-connections", str(CONNECTIONS)]
        return [built(RELAY), "run", "--from", str(listen), "--to", str(to), *limit]


class Socat(Relay):
    """With buffers of that many KiB; 8 is its default."""

    kinds = ("tcp", "unix", "vsock")

    def __init__(self, buffer_kib: int) -> None:
        self.name = f"socat-{buffer_kib}k"
        self._buffer = buffer_kib * 1024

    def command(self, listen: Endpoint, to: Endpoint, folder: Path) -> list[str]:
        return [
            *("socat", "-b", str(self._buffer)),
            f"{socat_word(listen, 'LISTEN')},fork,backlog=1024",
            socat_word(to, "CONNECT"),
        ]


class Haproxy(Relay):
    def __init__(self, *, splice: bool) -> None:
        self.name = "haproxy-splice" if splice else "haproxy"
        self._splice = splice

    def command(self, listen: Endpoint, to: Endpoint, folder: Path) -> list[str]:
        config = folder / f"{self.name}.{id(listen)}.cfg"
        config.write_text(f"""global
    maxconn {CONNECTIONS}
defaults
    mode tcp
    timeout connect 10s
    timeout client 1h
    timeout server 1h
    {"option splice-auto" if self._splice else ""}
listen relay
    bind {_haproxy_word(listen)}
    server only {_haproxy_word(to)}
""")
        return ["haproxy", "-db", "-f", str(config)]


class SocketProxyd(Relay):
    name = "socket-proxyd"

    def command(self, listen: Endpoint, to: Endpoint, folder: Path) -> list[str]:
        target = to.name if isinstance(to, Unix) else "{}:{}".format(*to.name)
        program = "/lib/systemd/systemd-socket-proxyd"
        # A service manager's children ignore SIGPIPE, and it needs that.
        ignoring = ["env", "--ignore-signal=PIPE"]
        return [*ignoring, program, f"--connections-max={CONNECTIONS}", target]

    def launch(
        self, command: list[str], listen: Endpoint, log: Path, cpu: int | None
    ) -> Background:
        with listening(listen) as listener:
            listener.setblocking(False)
            return Background(command, log, cpu=cpu, inherited=listener)


def socat_word(endpoint: Endpoint, verb: str) -> str:
    """socat's address for it; the verb is LISTEN or CONNECT."""
    if isinstance(endpoint, Unix):
        return f"UNIX-{verb}:{endpoint.path}"
    if isinstance(endpoint, Vsock):
        cid = "" if verb == "LISTEN" else f"{endpoint.name[0]}:"
        return f"VSOCK-{verb}:{cid}{endpoint.port}"
    if verb == "CONNECT":
        return f"TCP:{endpoint.name[0]}:{endpoint.port}"
    return f"TCP-LISTEN:{endpoint.port},bind={endpoint.name[0]},reuseaddr"


def _haproxy_word(endpoint: Endpoint) -> str:
    return f"unix@{endpoint.path}" if isinstance(endpoint, Unix) else "{}:{}".format(*endpoint.name)


OURS = VsockRelay()
RELAYS: list[Relay] = [
    OURS,
    Socat(8),
    Socat(64),
    Haproxy(splice=False),
    Haproxy(splice=True),
    SocketProxyd(),
]
