# SPDX-License-Identifier: GPL-2.0
"""What guests and services say, byte by byte."""

import struct

REPORT_SIZE = 1024
# What QEMU and libtdx_attest put in front of a report.
QUOTE_PREFIX = bytes.fromhex("00000418 01000100 00000000 18040000 00000000 00040000 00000000")
PLATFORM_INFO_REQUEST = bytes.fromhex("00000010 01000100 04000000 10000000 00000000")
COLLATERAL_REQUEST = (
    bytes.fromhex("00000026 01000100 02000000 26000000 00000000 06000000 08000000")
    + b"fmspc1"
    + b"platform"
)
UNEXPECTED = 0x12001
INVALID_VERSION = 0x12004
INVALID_SIZE = 0x12006


def report(number: int = 1) -> bytes:
    """A TD report with the decimal digits of a number where its guest may write."""
    return b"\x81".ljust(128, b"\0") + str(number).encode().ljust(REPORT_SIZE - 128, b"\0")


def quote(number: int = 1) -> bytes:
    """The stand-in's quote of that report."""
    return b"QUOTE" + report(number)[128:192] + b"q" * 4900


def quote_request(number: int = 1) -> bytes:
    return QUOTE_PREFIX + report(number)


def quote_reply(number: int = 1) -> bytes:
    body = struct.pack("<II", 0, len(quote(number))) + quote(number)
    size = 16 + len(body)
    return struct.pack(">I", size) + struct.pack("<HHIII", 1, 1, 1, size, 0) + body


def error_reply(code: int) -> bytes:
    """What a client gets for a quote request: 28 bytes."""
    return bytes.fromhex("00000018 01000100 01000000 18000000") + struct.pack("<III", code, 0, 0)
