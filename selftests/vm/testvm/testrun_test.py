# SPDX-License-Identifier: GPL-2.0
import tempfile
import unittest
from pathlib import Path

from testvm.kernels import KERNELS
from testvm.testrun import Result, Test, judge_result, late_alarms, tests_by_kernel

GOOD = [
    "out: 1..1",
    "out: ok 1 - a",
    "log: [1.0] vsockfwd-test: boundary 0",
    "log: [2.0] something harmless",
    "log: [3.0] vsockfwd-test: boundary 1",
    "guest one: [1.0] something harmless",
]


def faults(details: list[str], status: int = 0) -> list[str]:
    result = Result(KERNELS["6.1"], "example", details=details)
    judge_result(result, status)
    return result.faults


class JudgeResultTest(unittest.TestCase):
    def test_good(self) -> None:
        self.assertEqual(faults(GOOD), [])

    def test_exit_status(self) -> None:
        self.assertEqual(faults(GOOD, 1), ["exit status 1"])

    def test_took_too_long(self) -> None:
        self.assertEqual(faults(GOOD, 124), ["took too long, or was killed"])
        self.assertEqual(faults(GOOD, 137), ["took too long, or was killed"])

    def test_left_behind(self) -> None:
        self.assertEqual(faults([*GOOD, "left: process 7"]), ["left behind: process 7"])

    def test_warning_of_the_host(self) -> None:
        details = [*GOOD[:3], "log: [2.0] WARNING: here", *GOOD[4:]]
        self.assertEqual(faults(details), ["kernel: [2.0] WARNING: here"])

    def test_warning_of_a_guest(self) -> None:
        details = [*GOOD, "guest one: [2.0] WARNING: here"]
        self.assertEqual(faults(details), ["guest one: [2.0] WARNING: here"])

    def test_a_test_that_prints_a_warning_is_no_kernel(self) -> None:
        self.assertEqual(faults([*GOOD, "out: WARNING: here"]), [])

    def test_lost_log(self) -> None:
        self.assertEqual(faults([*GOOD[:2], *GOOD[4:]]), ["the kernel log is not complete"])


class TestsByKernelTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.anywhere = Test(folder / "test_anywhere_01.sh")
        self.anywhere.path.write_text("#!/bin/bash\n")
        self.newest = Test(folder / "test_newest_01.sh")
        self.newest.path.write_text("#!/bin/bash\n# kernels: 6.12 7.2\n")
        self.tests = [self.anywhere, self.newest]

    def test_several_kernels(self) -> None:
        old, new = KERNELS["6.1"], KERNELS["7.2"]
        self.assertEqual(
            tests_by_kernel([old, new], self.tests), {old: [self.anywhere], new: self.tests}
        )

    def test_who_asks_for_one_kernel_gets_all(self) -> None:
        old = KERNELS["6.1"]
        self.assertEqual(tests_by_kernel([old], self.tests), {old: self.tests})


class LateAlarmsTest(unittest.TestCase):
    def test_only_after_the_last_test(self) -> None:
        console = "WARNING: a\nvsockfwd-test: boundary 1\nfine\nWARNING: b\n"
        self.assertEqual(late_alarms(console), ["WARNING: b"])
