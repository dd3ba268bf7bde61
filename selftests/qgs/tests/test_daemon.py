# SPDX-License-Identifier: GPL-2.0
"""The daemon: configuration, signals, the service manager, status and metrics."""

import signal
import socket
import time
from pathlib import Path

from qgstest.case import (
    MUX,
    SECONDS,
    QgsCase,
    lost,
    outcome,
    read_exactly,
    read_to_end,
    start_load,
)
from qgstest.wire import quote_reply, quote_request
from relaytest.ours import Ours
from relaytest.process import wait_until


class ConfigTest(QgsCase):
    def write(self, text: str) -> Path:
        path = self.folder / "mux.toml"
        path.write_text(text)
        return path

    def file(self, *fronts: Path, more: str = "") -> Path:
        listeners = "".join(f'[[listen]]\naddress = "unix:{front}"\n' for front in fronts)
        return self.write(
            f'{more}\n[[service]]\naddress = "unix:{self.folder}/qgs"\nthreads = 2\n{listeners}'
        )

    def test_file_with_everything(self) -> None:
        self.service()
        (self.folder / "vm/a").mkdir(parents=True)
        path = self.write(
            f"""
            request_timeout = "20s"
            guest_rate = 100
            [[service]]
            address = "{self.folder}/qgs"
            threads = 3
            [[listen]]
            address = "unix:{self.front}"
            mode = "0666"
            [[watch]]
            path = "{self.folder}/vm/{{guest}}/v.sock_{{port}}"
            port = 40
            """
        )
        done = self.command("run", "--config", str(path), "--check-config")
        self.assertEqual(
            (done.returncode, done.stdout),
            (0, "the configuration is fine: services 1, listeners 1, watched folders 1\n"),
        )
        self.run_mux("--config", str(path))
        for front in (self.front, self.folder / "vm/a/v.sock_40"):
            self.assertEqual(self.ask(quote_request(), front), quote_reply())
        self.assertEqual(self.status()["services"][0]["threads"], 3)

    def test_mistakes_are_told_with_their_place(self) -> None:
        service = '[[service]]\naddress = "/q"\n'
        for text, place, wrong in (
            (f'{service}[[watch]]\npath = "/x/y"\n', ":3:", "{guest}"),
            (f'{service}[[listen]]\nadress = "unix:/x"\n', ":4:", '"adress"'),
            (f'{service}[[listen]]\naddress = "tcp:127.0.0.1:1"\n', ":4:", "open to others"),
            ('request_timeout = "30s"\n', ":1:", "longer than clients wait"),
            ("[[service]]\nthreads = 2\n", ":1:", "there is no address"),
            (service, "", "no way for guests"),
            (f"{service}{service}", ":3:", "twice"),
        ):
            with self.subTest(text=text):
                done = self.command("run", "--config", str(self.write(text)), "--check-config")
                self.assertEqual(done.returncode, 2)
                self.assertIn(wrong, done.stderr)
                self.assertIn(place, done.stderr)
                self.assertIn("hint: ", done.stderr)

    def test_a_configuration_that_makes_no_sense_does_not_start(self) -> None:
        for path in (self.write("nonsense = 1\n"), self.folder / "missing.toml"):
            done = self.command("run", "--config", str(path))
            self.assertEqual(done.returncode, 2)
            self.assertIn(str(path), done.stderr)

    def test_mistakes_on_the_command_line(self) -> None:
        for line in ("rum", "run --lissen", "run --mode 9", ""):
            words = line.split()
            done = self.command(*words)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn("hint: ", done.stderr)
        self.assertRegex(self.command("--version").stdout, r"^qgs-mux \d+\.\d+\.\d+\n$")

    def test_reload_keeps_what_stays(self) -> None:
        self.service("--time", "1000")
        other = self.folder / "other"
        mux = self.run_mux("--config", str(self.file(self.front)))
        load = start_load(f"unix:{self.front}", "--at-once", "8", "--seconds", "3")
        self.file(self.front, other)
        mux.process.send_signal(signal.SIGHUP)
        mux.wait_for_message("RELOADING=1")
        mux.wait_for_message("READY=1")
        self.assertEqual(self.ask(quote_request(), other), quote_reply())
        self.file(self.front)
        mux.process.send_signal(signal.SIGHUP)
        mux.wait_for_message("READY=1")
        self.assertFalse(other.exists())
        self.write("nonsense")
        mux.process.send_signal(signal.SIGHUP)
        mux.wait_for_message("READY=1")
        self.assertIn("mux.toml:1", self.status()["config_error"])
        self.assertEqual(lost(outcome(load)), 0)

    def test_reload_changes_the_service(self) -> None:
        first = self.service()
        second = self.service(name="second")
        mux = self.run_mux("--config", str(self.file(self.front)))
        self.write(
            f'[[service]]\naddress = "{second.path}"\n[[listen]]\naddress = "unix:{self.front}"\n'
        )
        mux.process.send_signal(signal.SIGHUP)
        mux.wait_for_message("RELOADING=1")
        mux.wait_for_message("READY=1")
        before = first.tally()["requests"]
        self.assertEqual(self.ask(quote_request()), quote_reply())
        self.assertEqual(first.tally()["requests"], before)


class OperationTest(QgsCase):
    def test_drain_finishes_what_has_begun(self) -> None:
        self.service("--time", "700000")
        mux = self.mux()
        idle = self.connect()
        client = self.connect()
        client.sendall(quote_request(8))
        wait_until(lambda: self.status()["services"][0]["busy"] == 1, SECONDS, "it has begun")
        mux.process.send_signal(signal.SIGTERM)
        self.assertEqual(read_to_end(idle), b"")
        self.assertEqual(read_to_end(client), quote_reply(8))
        self.assertEqual(mux.process.wait(SECONDS), 0)
        self.assertFalse(self.front.exists())

    def test_drain_ends(self) -> None:
        self.service("--answer", "hang")
        mux = self.mux("--drain", "500ms")
        self.connect().sendall(quote_request())
        wait_until(lambda: self.status()["services"][0]["busy"] == 1, SECONDS, "it has begun")
        start = time.monotonic()
        mux.process.send_signal(signal.SIGTERM)
        self.assertEqual(mux.process.wait(SECONDS), 0)
        self.assertLess(time.monotonic() - start, 3)

    def test_socket_activation(self) -> None:
        self.service()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(self.front))
            listener.listen()
            self.run_mux(
                "--qgs", str(self.folder / "qgs"), "--listen", "fd:unknown", inherited=listener
            )
            self.assertEqual(self.ask(quote_request()), quote_reply())

    def test_status_for_people(self) -> None:
        self.service()
        self.mux()
        self.ask(quote_request())
        done = self.command("status", "--control", str(self.control))
        self.assertRegex(done.stdout, r"running for \d+ s")
        self.assertIn("answered 1", done.stdout)
        done = self.command("status", "--control", str(self.folder / "none"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("does a multiplexer run", done.stderr)

    def test_metrics(self) -> None:
        self.service()
        metrics = self.folder / "metrics"
        self.mux("--metrics", f"unix:{metrics}")
        self.ask(quote_request())
        client = self.connect(metrics)
        client.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
        text = read_to_end(client).decode()
        self.assertIn("qgs_mux_answered_total 1\n", text)
        self.assertIn(f'qgs_mux_service_up{{service="unix:{self.folder}/qgs"}} 1\n', text)
        for line in text.split("\r\n\r\n")[1].splitlines():
            self.assertRegex(line, r"^(# (HELP|TYPE) qgs_mux_|qgs_mux_[a-z_]+(\{.*\})? \d+$)")

    def test_log_names_guest_type_latency_and_error(self) -> None:
        self.service("--answer", "error")
        (self.folder / "vm/guest-7").mkdir(parents=True)
        self.run_mux(
            "--qgs", str(self.folder / "qgs"), "--watch", f"{self.folder}/vm/{{guest}}/s",
        )
        self.ask(quote_request(), self.folder / "vm/guest-7/s")
        self.assertRegex(
            self.log(),
            r'QGS answered 0x12001: unexpected error GUEST="guest-7" TYPE="quote" '
            r'LATENCY_MS="\d+" QGS_ERROR="0x12001: unexpected error"',
        )

    def answers(self, number: int) -> bool:
        """Whether a new client gets its quote, and no reset."""
        client = self.connect()
        try:
            client.sendall(quote_request(number))
            return read_exactly(client, len(quote_reply(number))) == quote_reply(number)
        except (BrokenPipeError, ConnectionResetError):
            return False

    def test_descriptors_run_out(self) -> None:
        self.service()
        mux = self.enterContext(
            Ours(
                ["--control", str(self.control), "--qgs", str(self.folder / "qgs"),
                 "--listen", f"unix:{self.front}"],
                self.folder, ["prlimit", "--nofile=80:80"], program=MUX,
            )
        )
        clients = [self.connect() for _ in range(90)]
        # The service can still be reached.
        first = clients[0]
        first.sendall(quote_request(1))
        self.assertEqual(read_exactly(first, len(quote_reply(1))), quote_reply(1))
        wait_until(lambda: "too many connections" in self.log(), SECONDS, "it says so")
        for client in clients:
            client.close()
        wait_until(lambda: self.answers(2), SECONDS, "it has noticed that they are gone")
        self.assertIsNone(mux.process.poll())
