#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the built program's command line: what unit tests cannot see, because it takes a process.

VSOCK_RELAY is the path of the program.
"""

import subprocess
import tempfile
import unittest
from pathlib import Path

from running_relay import PROGRAM, run

PAIR = ("--from", "tcp:127.0.0.1:0", "--to", "tcp:127.0.0.1:1")


class ProgramTest(unittest.TestCase):
    def test_answers_on_standard_output(self) -> None:
        for words in (["--help"], ["--version"], ["run", "--help"], ["completion", "bash"]):
            done = run(*words)
            self.assertEqual((done.returncode, done.stderr), (0, ""), words)
            self.assertTrue(done.stdout.endswith("\n"), words)

    def test_complains_on_standard_error(self) -> None:
        done = run("rnu")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertEqual(
            done.stderr, 'vsock-relay: unexpected word "rnu"\nhint: did you mean "run"?\n'
        )

    def test_survives_words_that_are_no_text(self) -> None:
        self.assertEqual(run(b"\xff\x1b[2J").returncode, 2)
        self.assertEqual(run("run", "--from", b"tcp:\xff:1", "--to", "unix:/a").returncode, 2)

    def test_checks_a_configuration(self) -> None:
        done = run("run", "--check-config", *PAIR)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, "the configuration is fine: pairs 1\n")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "relay.toml"
            path.write_text('[[pair]]\nfrom = "unix:/a"\nto = "unix:/b"\nhodl = "1s"\n')
            done = run("run", "--check-config", "--config", str(path))
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertEqual(
                done.stderr,
                f'vsock-relay: {path}:4:1: unknown key "hodl"\nhint: did you mean "hold"?\n',
            )

    def test_refuses_a_target_that_is_not_allowed(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "vsock-proxy.yaml"
            path.write_text("allowlist:\n- {address: kms.us-east-1.amazonaws.com, port: 443}\n")
            done = run("vsock-proxy", "8000", "example.org", "443", "--config", str(path))
            self.assertEqual(done.returncode, 2)
            self.assertIn('target "tcp:example.org:443" is not on the allowlist', done.stderr)
            self.assertIn('hint: add {address: "example.org", port: 443} to it', done.stderr)

    def test_a_configuration_that_makes_no_sense_does_not_start(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            wrong, typo = Path(folder) / "relay.toml", Path(folder) / "vsock-proxy.yaml"
            wrong.write_text("nonsense = 1\n")
            typo.write_text("allowlits: []\n")
            for words in (
                ("--config", str(wrong)),
                ("--config", f"{folder}/missing.toml"),
                (*PAIR, "--target-allowlist", str(typo)),
                (*PAIR, "--target-allowlist", f"{folder}/missing.yaml"),
            ):
                for more in ((), ("--check-config",)):
                    done = run("run", *words, *more)
                    self.assertEqual((done.returncode, done.stdout), (2, ""), (words, more))
                    self.assertIn(folder, done.stderr)

    def test_reads_a_configuration_from_a_pipe(self) -> None:
        text = '[[pair]]\nfrom = "fd:web"\nto = "unix:/b"\n'
        words = [PROGRAM, "run", "--config", "/dev/stdin"]
        done = subprocess.run(words, input=text, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn('no socket was handed over under the name "web"', done.stderr)

    def test_notices_that_the_output_is_lost(self) -> None:
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run(
                [PROGRAM, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
            )
            self.assertEqual(done.returncode, 1)
            self.assertIn("cannot write to standard output", done.stderr)


if __name__ == "__main__":
    unittest.main()
