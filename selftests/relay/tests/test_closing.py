# SPDX-License-Identifier: GPL-2.0
"""How connections end: what one side does arrives at the other, and nothing before it is lost."""

import random
import socket
import threading
import time
import unittest

from relaytest.case import RelayCase, receive_all, reset
from relaytest.endpoint import SHAPES
from relaytest.relays import Haproxy, Relay, Socat

# More than all buffers on the way take.
MUCH = random.Random(1).randbytes(24 * 2**20)
THINKING_SECONDS = 1.5


class HalfClose(RelayCase):
    """The end of one direction leaves the other one open, for as long as it takes."""

    def test_answer_long_after_the_end_of_the_request(self) -> None:
        for listen, to in SHAPES:
            with self.subTest(listen=listen, to=to):
                self.answer_late(*self.ends(self.endpoint(listen), self.endpoint(to)))

    def test_request_long_after_the_end_of_the_answer(self) -> None:
        for listen, to in SHAPES:
            with self.subTest(listen=listen, to=to):
                client, server = self.ends(self.endpoint(listen), self.endpoint(to))
                self.answer_late(server, client)

    def answer_late(self, first: socket.socket, second: socket.socket) -> None:
        first.sendall(b"request")
        first.shutdown(socket.SHUT_WR)
        self.assertEqual(receive_all(second), b"request")
        time.sleep(THINKING_SECONDS)
        second.sendall(b"answer")
        second.close()
        self.assertEqual(receive_all(first), b"answer")


class Close(RelayCase):
    """A close comes after everything that was sent before it."""

    def test_much_data_then_close(self) -> None:
        for listen, to in SHAPES:
            with self.subTest(listen=listen, to=to):
                client, server = self.ends(self.endpoint(listen), self.endpoint(to))
                self.send_and_close(client, server)
                client, server = self.ends(self.endpoint(listen), self.endpoint(to))
                self.send_and_close(server, client)

    def send_and_close(self, sender: socket.socket, receiver: socket.socket) -> None:
        def send() -> None:
            with sender:
                sender.sendall(MUCH)

        sending = threading.Thread(target=send)
        sending.start()
        received = receive_all(receiver)
        sending.join()
        self.assertTrue(received == MUCH, f"{len(received)} bytes came of {len(MUCH)}")


class Reset(RelayCase):
    """A reset is not an end: whoever gets one knows that something is missing."""

    def test_reset_by_the_client(self) -> None:
        client, server = self.ends(self.endpoint("tcp"), self.endpoint("tcp"))
        reset(client)
        self.assert_reset(server)

    def test_reset_by_the_server(self) -> None:
        client, server = self.ends(self.endpoint("tcp"), self.endpoint("tcp"))
        reset(server)
        self.assert_reset(client)

    def test_reset_after_the_other_direction_has_ended(self) -> None:
        client, server = self.ends(self.endpoint("tcp"), self.endpoint("tcp"))
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(server.recv(1), b"")
        reset(server)
        self.assert_reset(client)

    def test_reset_while_data_flows(self) -> None:
        client, server = self.ends(self.endpoint("tcp"), self.endpoint("tcp"))
        server.settimeout(0.5)
        with self.assertRaises(TimeoutError):
            # Where the kernel may let them grow, the buffers on the way take more than that.
            while True:
                server.sendall(MUCH)
        reset(server)
        with self.assertRaises(ConnectionResetError):
            receive_all(client)

    def test_reset_of_tcp_ends_a_unix_connection_too(self) -> None:
        client, server = self.ends(self.endpoint("tcp"), self.endpoint("unix"))
        reset(client)
        # A unix socket cannot tell more.
        with self.assertRaises((BrokenPipeError, ConnectionResetError)):
            self.assertEqual(server.recv(1), b"")
            server.sendall(b"more")
            time.sleep(0.1)
            server.sendall(b"more")

    def assert_reset(self, connection: socket.socket) -> None:
        with self.assertRaises(ConnectionResetError):
            connection.recv(1)


class OtherRelays(unittest.TestCase):
    """The tests above can fail: these relays lose what they look for."""

    def test_socat_loses_the_late_answer(self) -> None:
        case = HalfClose("test_answer_long_after_the_end_of_the_request")
        self.assert_fails(case, Socat(8), "BrokenPipeError")

    def test_haproxy_turns_a_reset_into_an_end(self) -> None:
        case = Reset("test_reset_by_the_server")
        self.assert_fails(case, Haproxy(splice=False), "ConnectionResetError not raised")

    def assert_fails(self, case: RelayCase, relay: Relay, why: str) -> None:
        case.relay = relay
        result = unittest.TestResult()
        case.run(result)
        faults = [trace for _, trace in (*result.failures, *result.errors)]
        self.assertTrue(any(why in trace for trace in faults), faults)
