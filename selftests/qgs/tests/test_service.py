# SPDX-License-Identifier: GPL-2.0
"""Services that are busy, fail, and come back."""

import time

from qgstest.case import SECONDS, QgsCase, lost, outcome, run_load, start_load
from qgstest.wire import UNEXPECTED, error_reply, quote, quote_reply, quote_request, report
from relaytest.process import wait_until


class ServiceTest(QgsCase):
    def test_no_more_connections_than_keep_the_threads_busy(self) -> None:
        service = self.service("--threads", "3", "--time", "5000")
        self.mux("--threads", "3", "--health-interval", "1h")
        counts = run_load(f"unix:{self.front}", "--at-once", "60", "--requests", "5")
        self.assertEqual((counts["answered"], lost(counts)), (300, 0))
        tally = service.tally()
        # One more: the first question after the start.
        self.assertEqual(tally["requests"], 301)
        self.assertEqual(tally["connections"], 301)
        # And one that waits for the next thread.
        self.assertLessEqual(tally["most_open"], 5)

    def test_single_thread_has_nobody_waiting(self) -> None:
        # Who comes meanwhile waits for one quote, not for two.
        service = self.service("--threads", "1", "--time", "5000")
        self.mux("--threads", "1", "--health-interval", "1h")
        wait_until(lambda: service.tally()["requests"] == 1, SECONDS, "the first question comes")
        time.sleep(0.1)
        counts = run_load(f"unix:{self.front}", "--at-once", "20", "--requests", "5")
        self.assertEqual((counts["answered"], lost(counts)), (100, 0))
        self.assertEqual(service.tally()["most_open"], 1)

    def test_all_threads_are_used(self) -> None:
        self.service("--threads", "8", "--time", "100000")
        self.mux("--threads", "8")
        counts = run_load(f"unix:{self.front}", "--at-once", "16", "--requests", "1")
        self.assertEqual(counts["answered"], 16)
        self.assertLess(counts["seconds"], 1)

    def test_killed_and_restarted_under_load(self) -> None:
        service = self.service("--time", "2000")
        self.mux()
        load = start_load(f"unix:{self.front}", "--at-once", "40", "--seconds", "6")
        for _ in range(5):
            time.sleep(0.8)
            service.restart()
        counts = outcome(load)
        self.assertEqual(lost(counts), 0, counts)
        self.assertGreater(counts["answered"], 100)

    def test_raw_requests_survive_a_restart_too(self) -> None:
        service = self.service("--time", "2000")
        self.mux()
        load = start_load(f"unix:{self.front}", "--at-once", "10", "--seconds", "3", "--raw")
        time.sleep(1)
        service.restart()
        counts = outcome(load)
        self.assertEqual(lost(counts), 0, counts)

    def test_service_may_come_later(self) -> None:
        self.mux()
        client = self.connect()
        client.sendall(quote_request(3))
        time.sleep(1)
        self.service()
        self.assertEqual(client.recv(65536), quote_reply(3))
        self.assertIn("is back", self.log())
        self.assertTrue(self.status()["services"][0]["up"])

    def test_failover(self) -> None:
        first = self.service("--time", "2000", name="first")
        second = self.service("--time", "2000", name="second")
        self.run_mux(
            "--qgs", str(first.path), "--qgs", str(second.path), "--listen", f"unix:{self.front}"
        )
        load = start_load(f"unix:{self.front}", "--at-once", "20", "--seconds", "4")
        time.sleep(1)
        first.kill()
        time.sleep(1)
        first.restart()
        time.sleep(1)
        second.kill()
        counts = outcome(load)
        self.assertEqual(lost(counts), 0, counts)
        states = [service["up"] for service in self.status()["services"]]
        self.assertEqual(states, [True, False])

    def test_service_that_hangs_is_left_for_another(self) -> None:
        hanging = self.service("--answer", "hang", name="hanging")
        working = self.service(name="working")
        self.run_mux(
            "--qgs", str(hanging.path), "--qgs", str(working.path),
            "--listen", f"unix:{self.front}", "--health-interval", "1s",
        )
        self.assertEqual(self.ask(quote_request(4)), quote_reply(4))
        wait_until(
            lambda: not self.status()["services"][0]["up"], SECONDS, "the hanging service is down"
        )
        start = time.monotonic()
        self.assertEqual(self.ask(report(5)), quote(5))
        self.assertLess(time.monotonic() - start, 1)

    def test_request_that_kills_its_connection_hurts_no_other(self) -> None:
        service = self.service("--answer", "close")
        self.mux("--health-interval", "1h")
        self.assertEqual(self.ask(quote_request()), error_reply(UNEXPECTED))
        # It is tried again, but not for ever; and the service counts as there.
        self.assertEqual(service.tally()["requests"], 4)
        self.assertTrue(self.status()["services"][0]["up"])


class ProbeTest(QgsCase):
    def probe(self, *services: str) -> tuple[int, str]:
        words = [word for service in services for word in ("--qgs", service)]
        done = self.command("probe", *words)
        return done.returncode, done.stdout + done.stderr

    def test_tells_what_the_service_says(self) -> None:
        service = self.service()
        code, text = self.probe(str(service.path))
        self.assertEqual(code, 0)
        self.assertRegex(text, r'^"unix:.*" is fine, answered in \d+ ms: TDQE 4, PCE 13, platform ')

    def test_tells_what_is_wrong_and_what_to_do(self) -> None:
        dead = self.service(name="dead")
        dead.kill()
        for service, wrong, hint in (
            (str(self.folder / "none"), "No such file", "systemctl status qgsd"),
            (str(dead.path), "Connection refused", "systemctl restart qgsd"),
            (str(self.service("--answer", "close", name="closing").path), "without a reply",
             "/dev/sgx_enclave"),
            (str(self.service("--answer", "error", name="sick").path), "0x12001: unexpected error",
             "journalctl -u qgsd"),
            (str(self.service("--answer", "garbage", name="other").path), "sent a message",
             "journalctl"),
        ):
            with self.subTest(wrong=wrong):
                code, text = self.probe(service)
                self.assertEqual(code, 1)
                self.assertIn(wrong, text)
                self.assertRegex(text, f"hint: .*{hint}")

    def test_asks_all(self) -> None:
        service = self.service()
        code, text = self.probe(str(self.folder / "none"), str(service.path))
        self.assertEqual(code, 1)
        self.assertIn("is fine", text)
        self.assertIn("No such file", text)
