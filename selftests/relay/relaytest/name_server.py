# SPDX-License-Identifier: GPL-2.0
"""A name server that says what a test wants."""

import socket
import struct
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

PORT = 53
_TYPE_A, _TYPE_AAAA = 1, 28
_HEADER = struct.Struct("!6H")


@dataclass
class NameServer:
    """Answers every question for an address, for any name, at an address of its own."""

    own_address: str
    addresses: list[str] = field(default_factory=list)
    """What names mean now, of both families; none: they do not exist."""
    ttl: int = 1
    silent: bool = False
    """Whether questions get no answer."""
    questions: int = 0
    """How many have been answered."""

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((self.own_address, PORT))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # An empty question ends the service.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", (self.own_address, PORT))
        self._thread.join()
        self._socket.close()

    def wrapper(self, folder: Path) -> list[str]:
        """Runs a command whose only name server this is."""
        file = folder / "resolv.conf"
        file.write_text(f"nameserver {self.own_address}\noptions timeout:1 attempts:1\n")
        script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", script, str(file)]

    def _serve(self) -> None:
        while True:
            question, client = self._socket.recvfrom(512)
            if not question:
                return
            if not self.silent:
                self._socket.sendto(self._answer(question), client)
                self.questions += 1

    def _answer(self, question: bytes) -> bytes:
        identifier = _HEADER.unpack_from(question)[0]
        end_of_name = question.index(b"\0", _HEADER.size) + 1
        (wanted,) = struct.unpack_from("!H", question, end_of_name)
        family = {_TYPE_A: socket.AF_INET, _TYPE_AAAA: socket.AF_INET6}.get(wanted)
        addresses = [address for address in self.addresses if _family(address) == family]
        recursive_answer, no_such_name = 0x8180, 3
        flags = recursive_answer | (0 if self.addresses else no_such_name)
        header = _HEADER.pack(identifier, flags, 1, len(addresses), 0, 0)
        records = b"".join(
            # The name is that of the question, at offset 12.
            struct.pack("!HHHIH", 0xC00C, wanted, 1, self.ttl, len(data)) + data
            for data in (socket.inet_pton(_family(address), address) for address in addresses)
        )
        return header + question[_HEADER.size : end_of_name + 4] + records


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET
