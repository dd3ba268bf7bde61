# SPDX-License-Identifier: GPL-2.0
"""What clients send, and what they get, whatever the service does."""

import socket
import time

from qgstest.case import QgsCase, read_exactly, read_to_end
from qgstest.wire import (
    COLLATERAL_REQUEST,
    INVALID_SIZE,
    INVALID_VERSION,
    PLATFORM_INFO_REQUEST,
    QUOTE_PREFIX,
    UNEXPECTED,
    error_reply,
    quote,
    quote_reply,
    quote_request,
    report,
)


class AnswerTest(QgsCase):
    def test_quote(self) -> None:
        self.service()
        self.mux()
        self.assertEqual(self.ask(quote_request(7)), quote_reply(7))

    def test_raw_quote(self) -> None:
        self.service()
        self.mux()
        client = self.connect()
        client.sendall(report(7))
        self.assertEqual(read_to_end(client), quote(7))

    def test_platform_info_and_collateral_are_what_the_service_says(self) -> None:
        service = self.service()
        self.mux()
        for request, size in ((PLATFORM_INFO_REQUEST, 64), (COLLATERAL_REQUEST, 28052)):
            with self.subTest(size=size):
                reply = self.ask(request)
                self.assertEqual(len(reply), size)
                self.assertEqual(reply, self.ask(request, service.path))

    def test_first_four_bytes_come_at_once(self) -> None:
        # libtdx_attest takes fewer for an error.
        self.service()
        self.mux()
        client = self.connect()
        client.sendall(quote_request())
        self.assertEqual(client.recv(4), quote_reply()[:4])

    def test_split_request_is_put_together(self) -> None:
        service = self.service()
        self.mux()
        for request, reply in ((quote_request(), quote_reply()), (report(), quote())):
            for splits in ((1,), (4,), (19,), (20,), (21,), (1000,), range(1, 60)):
                with self.subTest(size=len(request), splits=str(splits)):
                    client = self.connect()
                    last = 0
                    for at in (*splits, len(request)):
                        client.sendall(request[last:at])
                        time.sleep(0.002)
                        last = at
                    self.assertEqual(read_exactly(client, len(reply)), reply)
        self.assertEqual(service.tally()["swallowed"], 0)

    def test_service_alone_swallows_a_split_request(self) -> None:
        # If this is no longer so, the test before shows nothing.
        service = self.service()
        client = self.connect(service.path)
        client.sendall(quote_request()[:100])
        time.sleep(0.05)
        client.sendall(quote_request()[100:])
        client.settimeout(1)
        self.assertRaises(TimeoutError, client.recv, 1)
        self.assertEqual(service.tally()["swallowed"], 1)

    def test_pipelined_requests_are_answered_one_by_one(self) -> None:
        service = self.service()
        self.mux()
        requests = quote_request(1) + PLATFORM_INFO_REQUEST + quote_request(2) + report(3)
        info = self.ask(PLATFORM_INFO_REQUEST)
        self.assertEqual(
            self.ask(requests), quote_reply(1) + info + quote_reply(2) + quote(3)
        )
        tally = service.tally()
        self.assertEqual((tally["pipelined"], tally["swallowed"]), (0, 0))
        self.assertEqual(self.ask(quote_request(1) * 2, service.path), error_reply(UNEXPECTED))

    def test_connection_is_used_again(self) -> None:
        self.service()
        self.mux()
        client = self.connect()
        for number in range(50):
            client.sendall(quote_request(number))
            self.assertEqual(read_exactly(client, len(quote_reply(number))), quote_reply(number))


class FaultTest(QgsCase):
    def expect(self, framed: bytes, *options: str) -> None:
        """What clients get from such a service; a raw one never gets a byte."""
        self.service(*options)
        self.mux("--request-timeout", "2s")
        self.assertEqual(self.ask(quote_request()), framed)
        self.assertEqual(self.ask(report()), b"")

    def test_error_is_passed_on(self) -> None:
        self.expect(error_reply(0x12002), "--answer", "error", "--error", str(0x12002))
        self.assertIn("QGS answered 0x12002: out of memory", self.log())

    def test_close_becomes_an_error(self) -> None:
        self.expect(error_reply(UNEXPECTED), "--answer", "close")

    def test_part_of_a_reply_becomes_an_error(self) -> None:
        # Of a bare quote, nobody can tell that it is a part: this is for framed ones.
        self.service("--answer", "part")
        self.mux()
        self.assertEqual(self.ask(quote_request()), error_reply(UNEXPECTED))

    def test_garbage_becomes_an_error(self) -> None:
        self.service("--answer", "garbage")
        self.mux()
        self.assertEqual(self.ask(quote_request()), error_reply(UNEXPECTED))

    def test_silence_becomes_an_error(self) -> None:
        start = time.monotonic()
        self.expect(error_reply(UNEXPECTED), "--answer", "hang")
        self.assertLess(time.monotonic() - start, 8)

    def test_error_comes_before_clients_give_up(self) -> None:
        self.service("--answer", "hang")
        self.mux()
        start = time.monotonic()
        self.assertEqual(self.ask(quote_request()), error_reply(UNEXPECTED))
        self.assertLess(time.monotonic() - start, 28)
        self.assertGreater(time.monotonic() - start, 24)

    def test_no_service_becomes_an_error(self) -> None:
        self.mux("--request-timeout", "1s")
        self.assertEqual(self.ask(quote_request()), error_reply(UNEXPECTED))
        self.assertEqual(self.ask(report()), b"")

    def test_error_replies_of_other_types(self) -> None:
        self.mux("--request-timeout", "1s")
        info = self.ask(PLATFORM_INFO_REQUEST)
        self.assertEqual(
            info.hex(" ", 4),
            bytes.fromhex("0000001c 01000100 05000000 1c000000 01200100 00000000 00000000 00000000")
            .hex(" ", 4),
        )
        collateral = self.ask(COLLATERAL_REQUEST)
        self.assertEqual(
            collateral, bytes.fromhex("00000030 01000100 03000000 30000000 01200100") + bytes(32)
        )

    def test_unfinished_request_gets_an_error(self) -> None:
        self.service()
        self.mux("--request-timeout", "1s")
        client = self.connect()
        client.sendall(quote_request()[:-1])
        self.assertEqual(read_to_end(client), error_reply(UNEXPECTED))
        # Too little to know what it will be.
        client = self.connect()
        client.sendall(quote_request()[:7])
        self.assertEqual(read_to_end(client), b"")

    def test_malformed_requests_get_errors_and_reach_no_service(self) -> None:
        service = self.service()
        self.mux("--health-interval", "1h")
        self.ask(quote_request())
        before = service.tally()["connections"]
        long = bytes.fromhex("7fffffff 01000100 00000000 ffffff7f 00000000")
        version = bytes.fromhex("00000418 02000100 00000000 18040000 00000000")
        parts = bytearray(quote_request())
        parts[20] = 1
        for request, reply in (
            (long, error_reply(INVALID_SIZE)),
            (version, error_reply(INVALID_VERSION)),
            (bytes(parts), error_reply(INVALID_SIZE)),
            (b"\0\0\0\0", b""),
            (b"GET / HTTP/1.1\r\n\r\n" * 10, b""),
            (QUOTE_PREFIX[:8] + b"\7" + QUOTE_PREFIX[9:], b""),
        ):
            with self.subTest(request=request[:24].hex()):
                client = self.connect()
                client.sendall(request)
                self.assertEqual(read_to_end(client), reply)
        self.assertEqual(service.tally()["connections"], before)

    def test_idle_connection_is_closed(self) -> None:
        self.service()
        self.mux("--idle-timeout", "500ms")
        client = self.connect()
        self.assertEqual(read_to_end(client), b"")

    def test_client_that_leaves_costs_no_other(self) -> None:
        self.service("--time", "200000", "--threads", "1")
        mux = self.mux()
        for _ in range(20):
            client = self.connect()
            client.sendall(quote_request())
            client.close()
        start = time.monotonic()
        self.assertEqual(self.ask(quote_request(5)), quote_reply(5))
        # Only those that had begun are finished.
        self.assertLess(time.monotonic() - start, 2)
        self.assertEqual(mux.process.poll(), None)

    def test_client_that_does_not_read_is_dropped(self) -> None:
        self.service()
        self.mux("--idle-timeout", "1s")
        client = self.connect()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(0.5)
        try:
            while True:
                client.sendall(quote_request())
        except TimeoutError:
            pass
        self.assertEqual(self.ask(quote_request(5)), quote_reply(5))
