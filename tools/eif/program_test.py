#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the program, and reads and writes its images with nothing but Python's library.

EIF is the path of the program.
"""

import base64
import hashlib
import json
import os
import struct
import subprocess
import tempfile
import unittest
import zlib
from pathlib import Path

PROGRAM = os.environ["EIF"]
HEADER = struct.Struct(">4sHHQQHH32Q32QII")
SECTION = struct.Struct(">HHQ")
KERNEL, CMDLINE, RAMDISK, SIGNATURE, METADATA = range(1, 6)
CERTIFICATE = b"any bytes: nobody looks into them"

Sections = list[tuple[int, bytes]]


def small_kernel() -> bytes:
    """The start of a bzImage that takes a command line of 2,047 bytes."""
    kernel = bytearray(os.urandom(4096))
    kernel[0x202:0x206] = b"HdrS"
    kernel[0x238:0x23C] = struct.pack("<I", 2047)
    return bytes(kernel)


def read_image(data: bytes) -> tuple[int, int, Sections]:
    """Memory, processors and sections."""
    magic, version, flags, memory, processors, _, count, *numbers = HEADER.unpack_from(data)
    assert (magic, version, flags) == (b".eif", 4, 0)
    sections = []
    for offset, size in list(zip(numbers[:32], numbers[32:64]))[:count]:
        kind, flags, section_size = SECTION.unpack_from(data, offset)
        assert (flags, section_size) == (0, size)
        start = offset + SECTION.size
        sections.append((kind, data[start : start + size]))
    assert numbers[65] == zlib.crc32(data[548:], zlib.crc32(data[:544]))
    return memory, processors, sections


def write_image(sections: Sections) -> bytes:
    body, offsets = b"", []
    for kind, content in sections:
        offsets.append(HEADER.size + len(body))
        body += SECTION.pack(kind, 0, len(content)) + content
    sizes = [len(content) for _, content in sections]
    padding = [0] * (32 - len(sections))
    fields = (b".eif", 4, 0, 1 << 30, 2, 0, len(sections))
    header = HEADER.pack(*fields, *offsets, *padding, *sizes, *padding, 0, 0)[:-4]
    return header + struct.pack(">I", zlib.crc32(body, zlib.crc32(header))) + body


def signature() -> bytes:
    """As AWS's builder writes it: lists of numbers rather than bytes."""

    def numbers(content: bytes) -> bytes:
        items = b"".join(bytes([byte]) if byte < 24 else bytes([24, byte]) for byte in content)
        return b"\x99" + struct.pack(">H", len(content)) + items

    pem = b"-----BEGIN CERTIFICATE-----\n%s-----END CERTIFICATE-----\n"
    certificate = numbers(pem % base64.encodebytes(CERTIFICATE))
    return b"\x81\xa2\x73signing_certificate" + certificate + b"\x69signature" + numbers(b"COSE")


def register(*contents: bytes) -> str:
    """What a register holds that was extended once."""
    return hashlib.sha384(bytes(48) + hashlib.sha384(b"".join(contents)).digest()).hexdigest()


class ProgramTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.kernel = small_kernel()
        self.file("kernel", self.kernel)
        self.file("one", b"first RAM disk")
        self.file("two", b"second RAM disk")
        self.file("three", b"")

    def file(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def run_eif(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, *words], cwd=self.folder, capture_output=True, text=True, check=False
        )

    def build(self, *more: str, kernel: str = "kernel") -> subprocess.CompletedProcess[str]:
        words = ["--kernel", kernel, "--cmdline", "console=ttyS0", "--ramdisk", "one"]
        return self.run_eif("build", *words, *more, "-j", "-o", "app.eif")

    def test_image_has_what_was_given(self) -> None:
        self.file("about.json", b'{"ImageName": "app"}')
        options = "--ramdisk two --ramdisk three --metadata about.json --memory 64 --processors 3"
        done = self.build(*options.split())
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        memory, processors, sections = read_image((self.folder / "app.eif").read_bytes())
        self.assertEqual((memory, processors), (64 << 20, 3))
        self.assertEqual(
            sections,
            [
                (KERNEL, self.kernel),
                (CMDLINE, b"console=ttyS0"),
                (METADATA, b'{"ImageName": "app"}'),
                (RAMDISK, b"first RAM disk"),
                (RAMDISK, b"second RAM disk"),
                (RAMDISK, b""),
            ],
        )
        report = json.loads(done.stdout)
        boot = (self.kernel, b"console=ttyS0", b"first RAM disk")
        self.assertEqual(
            report["measurements"],
            {
                "pcr0": register(*boot, b"second RAM disk"),
                "pcr1": register(*boot),
                "pcr2": register(b"second RAM disk"),
            },
        )
        self.assertEqual(json.loads(self.run_eif("describe", "-j", "app.eif").stdout), report)
        done = self.run_eif("check", "app.eif")
        self.assertEqual((done.returncode, done.stdout), (0, '"app.eif" is fine\n'))

    def test_signed_image_of_another_builder(self) -> None:
        sections = [
            (KERNEL, self.kernel),
            (CMDLINE, b"quiet"),
            (METADATA, b"{}"),
            (RAMDISK, b"one"),
            (SIGNATURE, signature()),
        ]
        self.file("signed.eif", write_image(sections))
        done = self.run_eif("describe", "-j", "signed.eif")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        report = json.loads(done.stdout)
        self.assertIs(report["signed"], True)
        self.assertEqual(report["measurements"]["pcr0"], register(self.kernel, b"quiet", b"one"))
        self.assertEqual(report["measurements"]["pcr2"], register())
        self.assertEqual(report["measurements"]["pcr8"], register(CERTIFICATE))

    def test_same_parts_make_the_same_image(self) -> None:
        self.build()
        first = (self.folder / "app.eif").read_bytes()
        self.build()
        self.assertEqual((self.folder / "app.eif").read_bytes(), first)

    def test_failure_leaves_the_former_image_and_nothing_else(self) -> None:
        self.file("app.eif", b"former")
        self.file("bad.json", b"no JSON")
        before = set(self.folder.iterdir())
        for done, complaint in (
            (self.build("--ramdisk", "missing"), 'eif: cannot open "missing": No such file'),
            (self.build("--metadata", "bad.json"), "eif: invalid metadata: "),
            (self.build(kernel="one"), 'eif: the kernel, of "14" bytes, is no bzImage\nhint: '),
            (self.build(*["--ramdisk", "one"] * 30), 'eif: there are "33" sections'),
        ):
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertTrue(done.stderr.startswith(complaint), done.stderr)
            self.assertEqual(set(self.folder.iterdir()), before)
            self.assertEqual((self.folder / "app.eif").read_bytes(), b"former")

    def test_all_images_are_checked(self) -> None:
        self.build()
        whole = (self.folder / "app.eif").read_bytes()
        self.file("damaged.eif", whole[:-1] + b"!")
        done = self.run_eif("check", "damaged.eif", "app.eif")
        self.assertEqual((done.returncode, done.stdout), (1, '"app.eif" is fine\n'))
        self.assertRegex(done.stderr, '^eif: image "damaged.eif": its header has the checksum "0x')
        done = self.run_eif("describe", "kernel")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, '^eif: image "kernel": it begins with .*\nhint: .*".eif"')

    def test_wrong_words_are_status_2(self) -> None:
        done = self.run_eif("describe")
        self.assertEqual((done.returncode, done.stdout), (2, ""))


if __name__ == "__main__":
    unittest.main()
