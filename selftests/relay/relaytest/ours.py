# SPDX-License-Identifier: GPL-2.0
"""vsock-relay with any command line, started as a service manager does it."""

import socket
from collections.abc import Sequence
from pathlib import Path

from relaytest.process import Background
from relaytest.tree import RELAY, built
from testvm.errors import Failure

START_SECONDS = 10


class Ours(Background):
    """A vsock-relay that says that it is ready.

    arguments: those after "run".
    wrapper: the start of a command that runs the rest of it.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        folder: Path,
        wrapper: Sequence[str] = (),
        log: Path | None = None,
    ) -> None:
        self._messages = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        # In the file system: an abstract name means nothing in another network namespace.
        name = str(folder / f"notify.{id(self)}")
        self._messages.bind(name)
        self._messages.settimeout(START_SECONDS)
        super().__init__(
            [*wrapper, built(RELAY), "run", *arguments],
            log or folder / "vsock-relay.log",
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
                raise Failure(f"vsock-relay does not say {wanted}") from error
            if wanted in lines:
                return

    def stop(self) -> None:
        super().stop()
        self._messages.close()
