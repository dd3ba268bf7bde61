#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the built program: what unit tests cannot see, because it takes a process.

VSOCKFWD is the path of the program.
"""

import json
import os
import subprocess
import unittest
from pathlib import Path

PROGRAM = os.environ["VSOCKFWD"]
DEVICE = Path("/dev/vhost-vsock-fwd")


def run(*words: str | bytes, stdout: int | None = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *words], stdout=stdout, stderr=subprocess.PIPE, text=True, check=False
    )


class ProgramTest(unittest.TestCase):
    def test_answers_on_standard_output(self) -> None:
        for words in (["--help"], ["--version"], ["help", "rule"], ["rule", "add", "--help"]):
            done = run(*words)
            self.assertEqual(done.returncode, 0, words)
            self.assertTrue(done.stdout.endswith("\n"), words)
            self.assertEqual(done.stderr, "", words)

    def test_complains_on_standard_error(self) -> None:
        done = run("rul")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stdout, "")
        self.assertIn('unknown object "rul"\nhint: one of: rule, hold,', done.stderr)

    def test_complains_in_json_on_standard_output(self) -> None:
        done = run("rul", "-j")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(json.loads(done.stdout)["error"], 'unknown object "rul"')
        self.assertEqual(done.stderr, "")

    def test_survives_words_that_are_no_text(self) -> None:
        done = run(b"\xff\x1b[2J", "-j")
        self.assertEqual(done.returncode, 2)
        self.assertIn("error", json.loads(done.stdout))

    @unittest.skipIf(DEVICE.exists(), "the module is loaded here")
    def test_says_how_to_get_the_device(self) -> None:
        for words in (
            ["rule"],
            ["rule", "flush"],
            ["rule", "del", "guest", "16"],
            ["rule", "add", "guest", "16", "to", "host"],
            ["hold", "guest", "16", "to", "host"],
            ["flow"],
            ["stats"],
            ["monitor"],
        ):
            done = run(*words)
            self.assertEqual(done.returncode, 1, words)
            self.assertEqual(
                done.stderr,
                'vsockfwd: cannot open "/dev/vhost-vsock-fwd": there is no such device (ENOENT)\n'
                "hint: load the module: modprobe vhost_vsock_fwd\n",
            )
            self.assertEqual(json.loads(run("-j", *words).stdout)["errno"], "ENOENT")

    def test_diagnoses_this_host(self) -> None:
        done = run("--json", "feature")
        report = json.loads(done.stdout)
        self.assertEqual(done.returncode, 0 if report["ready"] else 1)
        self.assertEqual(report["ready"], not report["problems"])
        self.assertEqual(report["kernel"]["release"], os.uname().release)
        self.assertEqual(report["device"]["present"], DEVICE.exists())

    def test_notices_that_the_output_is_lost(self) -> None:
        with open("/dev/full", "w", encoding="utf-8") as full:
            for words in (["help"], ["-j", "rul"], ["completion", "bash"]):
                done = run(*words, stdout=full.fileno())
                self.assertEqual(done.returncode, 1, words)
                self.assertIn("No space left on device", done.stderr)

    def test_notices_that_there_is_no_output(self) -> None:
        done = subprocess.run(
            ["sh", "-c", 'exec "$0" help >&-', PROGRAM],
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, 1)
        self.assertIn("Bad file descriptor", done.stderr)


if __name__ == "__main__":
    unittest.main()
