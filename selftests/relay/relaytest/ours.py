# SPDX-License-Identifier: GPL-2.0
"""A daemon of this tree with any command line, started as a service manager does it."""

import socket
from collections.abc import Sequence
from pathlib import Path

from relaytest.process import Background
from relaytest.tree import RELAY, built
from testvm.errors import Failure

START_SECONDS = 10


class Ours(Background):
    """A daemon, vsock-relay unless another is named, that says that it is ready.

    arguments: those after "run".
    wrapper: the start of a command that runs the rest of it.
    inherited: a socket that it finds as descriptor 3, announced as by systemd.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        folder: Path,
        wrapper: Sequence[str] = (),
        log: Path | None = None,
        program: Path = RELAY,
        inherited: socket.socket | None = None,
    ) -> None:
        self._messages = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        # In the file system: an abstract name means nothing in another network namespace.
        name = str(folder / f"notify.{id(self)}")
        self._messages.bind(name)
        self._messages.settimeout(START_SECONDS)
        super().__init__(
            [*wrapper, built(program), "run", *arguments],
            log or folder / f"{program.name}.log",
            inherited=inherited,
            environment={"NOTIFY_SOCKET": name},
        )
        try:
            self.wait_for_message("READY=1")
        except Failure:
            self.stop()
            raise

    def wait_for_message(self, wanted: str) -> None:
        """Returns when it has told this to its service manager."""
        while True:
            try:
                lines = self._messages.recv(4096).decode().splitlines()
            except TimeoutError as error:
                self.check_alive()
                raise Failure(f"{self.name} does not say {wanted}") from error
            if wanted in lines:
                return

    def stop(self) -> None:
        super().stop()
        self._messages.close()
