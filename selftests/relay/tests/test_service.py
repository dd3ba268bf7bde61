# SPDX-License-Identifier: GPL-2.0
"""The relay as a service: reload, drain, sockets of the service manager."""

import os
import signal
import socket
from pathlib import Path

from relaytest.case import SECONDS, RelayCase
from relaytest.endpoint import Endpoint, connected, fresh_tcp, is_listening, listening
from relaytest.process import Background, wait_until
from relaytest.tree import RELAY, built


class Reload(RelayCase):
    """SIGHUP takes the new configuration over, and no connection notices."""

    def setUp(self) -> None:
        super().setUp()
        self.first, self.second, self.behind = fresh_tcp(), fresh_tcp(), fresh_tcp()
        self.listener = self.listen(self.behind)
        self.config = self.folder / "relay.toml"
        self.write(self.first)
        self.process = self.run_ours("--config", str(self.config))
        self.pair = self.meet(self.first, self.listener)

    def write(self, *entrances: Endpoint) -> None:
        self.config.write_text(
            "".join(f'[[pair]]\nfrom = "{entrance}"\nto = "{self.behind}"\n' for entrance in entrances)
        )

    def reload(self) -> None:
        os.kill(self.process.pid, signal.SIGHUP)
        self.process.wait_for_message("READY=1")

    def assert_goes_on(self) -> None:
        for sender, receiver in (self.pair, reversed(self.pair)):
            sender.sendall(b"still here")
            self.assertEqual(receiver.recv(100), b"still here")

    def test_pair_that_is_added(self) -> None:
        self.write(self.first, self.second)
        self.reload()
        self.assert_goes_on()
        self.meet(self.second, self.listener)
        self.meet(self.first, self.listener)

    def test_pair_that_is_removed(self) -> None:
        self.write(self.second)
        self.reload()
        self.assert_goes_on()
        self.meet(self.second, self.listener)
        self.assertFalse(is_listening(self.first))

    def test_configuration_that_is_wrong(self) -> None:
        self.config.write_text("[[pair]]\nfrom = 17\n")
        self.reload()
        self.assert_goes_on()
        self.meet(self.first, self.listener)


class Drain(RelayCase):
    """SIGTERM lets connections end by themselves."""

    def setUp(self) -> None:
        super().setUp()
        self.entrance, behind = fresh_tcp(), fresh_tcp()
        self.listener = self.listen(behind)
        self.process = self.run_ours(
            "--from", str(self.entrance), "--to", str(behind), "--drain", "3s"
        )
        self.pair = self.meet(self.entrance, self.listener)
        os.kill(self.process.pid, signal.SIGTERM)
        self.process.wait_for_message("STOPPING=1")

    def test_until_the_last_connection_has_ended(self) -> None:
        wait_until(lambda: not is_listening(self.entrance), 1, "it listens no more")
        client, server = self.pair
        client.sendall(b"last words")
        self.assertEqual(server.recv(100), b"last words")
        # With those that is_listening() may have made.
        for end in (client, server, self.listener):
            end.close()
        wait_until(self.process.has_ended, 2, "it ends")
        self.assertEqual(self.process.process.returncode, 0)

    def test_not_for_ever(self) -> None:
        wait_until(self.process.has_ended, 5, "it ends")
        self.assertEqual(self.process.process.returncode, 0)


class Activation(RelayCase):
    """The service manager hands over a socket that listens."""

    def test_clients_that_came_before(self) -> None:
        for kind in ("tcp", "unix"):
            with self.subTest(kind=kind):
                entrance, behind = self.endpoint(kind), fresh_tcp()
                listener = self.listen(behind)
                with listening(entrance) as inherited:
                    early = self.connect(entrance)
                    self.enterContext(
                        Background(
                            [built(RELAY), "run", "--from", "fd:front", "--to", str(behind)],
                            self.folder / "vsock-relay.log",
                            inherited=inherited,
                            environment={"LISTEN_FDNAMES": "front"},
                        )
                    )
                early.sendall(b"early")
                self.assertEqual(self.accept(listener).recv(100), b"early")
                self.meet(entrance, listener)
