#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A client of the module's generic netlink family that knows its attributes by
number only, as the contract in uapi/netlink has them.

usage: fwd_netlink.py rules|flows [GUEST]   dumps, one JSON array
       fwd_netlink.py events                one JSON object a line, until killed
"""

import errno
import json
import os
import socket
import struct
import sys
from collections.abc import Iterator
from typing import Any

Attributes = dict[int, bytes]

GENERIC = 16
CONTROL = 16
GET_FAMILY, FAMILY_ID, FAMILY_NAME, GROUPS, GROUP_NAME, GROUP_ID = 3, 1, 2, 7, 1, 2
REQUEST, DUMP, ERROR, DONE = 0x1, 0x300, 2, 3
SOL_NETLINK, ADD_MEMBERSHIP = 270, 1

COMMANDS = ["", "rule-get", "rule-add", "rule-del", "flow-get", "flow-add", "flow-deny"]
DROPS = ["", "denied", "collision", "no-room", "stray", "malformed", "not-sent"]
STATS = ["", "packets-from-guest", "bytes-from-guest", "packets-to-guest", "bytes-to-guest"]
RULE = ["", "id", "flags", "guest", "from", "to", "first", "last", "to-port"]
FLOW = ["", "guest", "guest-port", "seen", "seen-port", "peer", "peer-port", "type", "side", "drop"]
RULE_STATS, STATS_CONNECTIONS, STATS_DROPS = 9, 5, 6
RULE_GUEST, FLOW_GUEST = 3, 1


def attributes(data: bytes) -> Attributes:
    found = {}
    while len(data) >= 4:
        length, number = struct.unpack_from("=HH", data)
        found[number & 0x3FFF] = data[4:length]
        data = data[(length + 3) & ~3 :]
    return found


def number(value: bytes) -> int:
    return int.from_bytes(value, sys.byteorder)


def attribute(key: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), key) + value + bytes(-len(value) % 4)


def named(names: list[str], found: Attributes) -> dict[str, Any]:
    return {name: number(found[i]) for i, name in enumerate(names) if name and i in found}


class Netlink:
    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, GENERIC)
        self.socket.bind((0, 0))

    def request(self, kind: int, flags: int, command: int, body: bytes) -> None:
        payload = struct.pack("=BBH", command, 1, 0) + body
        header = struct.pack("=IHHII", 16 + len(payload), kind, REQUEST | flags, 1, 0)
        self.socket.send(header + payload)

    def messages(self) -> Iterator[tuple[int, Attributes]]:
        """Commands and attributes, up to the end of a dump."""
        while True:
            data = self.socket.recv(1 << 20)
            while data:
                length, kind = struct.unpack_from("=IH", data)
                if kind == DONE:
                    return
                if kind == ERROR:
                    code = struct.unpack_from("=i", data, 16)[0]
                    if code:
                        raise OSError(-code, os.strerror(-code))
                    return
                yield data[16], attributes(data[20:length])
                data = data[(length + 3) & ~3 :]

    def family(self) -> Attributes:
        name = attribute(FAMILY_NAME, b"vhost_vsock_fwd\0")
        self.request(CONTROL, 0, GET_FAMILY, name)
        return next(self.messages())[1]

    def dump(self, command: int, guest_attribute: int, guest: str | None) -> Iterator[Attributes]:
        body = attribute(guest_attribute, struct.pack("=I", int(guest))) if guest else b""
        self.request(number(self.family()[FAMILY_ID]), DUMP, command, body)
        for _, found in self.messages():
            yield found

    def join(self, wanted: str) -> None:
        for group in attributes(self.family()[GROUPS]).values():
            found = attributes(group)
            if found[GROUP_NAME].rstrip(b"\0").decode() == wanted:
                self.socket.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, number(found[GROUP_ID]))
                return
        raise LookupError(f"the family has no group {wanted!r}")

    def events(self) -> Iterator[dict[str, Any]]:
        """Those that come; ends where some were lost, after saying so."""
        try:
            for command, found in self.messages():
                yield event_of(command, found)
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            yield {"event": "lost"}


def event_of(command: int, found: Attributes) -> dict[str, Any]:
    name = COMMANDS[command]
    return {"event": name, **(rule(found) if name.startswith("rule") else flow(found))}


def rule(found: Attributes) -> dict[str, Any]:
    stats = attributes(found[RULE_STATS])
    return {
        **named(RULE, found),
        **named(STATS, stats),
        "connections": number(stats[STATS_CONNECTIONS]),
        "drops": named(DROPS, attributes(stats[STATS_DROPS])),
    }


def flow(found: Attributes) -> dict[str, Any]:
    return named(FLOW, found)


def main() -> int:
    netlink = Netlink()
    guest = sys.argv[2] if len(sys.argv) > 2 else None
    match sys.argv[1:2]:
        case ["rules"]:
            print(json.dumps([rule(found) for found in netlink.dump(1, RULE_GUEST, guest)]))
        case ["flows"]:
            print(json.dumps([flow(found) for found in netlink.dump(4, FLOW_GUEST, guest)]))
        case ["events"]:
            netlink.join("events")
            print("{}", flush=True)
            while True:
                for event in netlink.events():
                    print(json.dumps(event), flush=True)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
