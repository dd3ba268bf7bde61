# SPDX-License-Identifier: GPL-2.0
import unittest

from testvm.ktap import judge

PLAN = ["TAP version 13", "1..2"]


class KtapTest(unittest.TestCase):
    def test_all_ok(self) -> None:
        verdict = judge([*PLAN, "ok 1 - a", "# anything", "ok 2 - b"])
        self.assertEqual(verdict.faults, ())
        self.assertEqual(verdict.skipped, "")

    def test_not_ok(self) -> None:
        self.assertEqual(judge([*PLAN, "ok 1 - a", "not ok 2 - b"]).faults, ("not ok 2 - b",))

    def test_missing_result(self) -> None:
        self.assertEqual(judge([*PLAN, "ok 1 - a"]).faults, ("1 results, 2 planned",))

    def test_no_plan(self) -> None:
        self.assertEqual(judge(["ok 1 - a"]).faults, ("0 plans instead of one",))

    def test_no_output(self) -> None:
        self.assertEqual(judge([]).faults, ("0 plans instead of one",))

    def test_empty_plan_without_a_reason(self) -> None:
        self.assertEqual(judge(["1..0"]).faults, ("no results planned",))

    def test_what_only_looks_like_a_result(self) -> None:
        self.assertEqual(judge(["1..1", "ok 1 - a", "okay", "not okay"]).faults, ())

    def test_one_of_two_skipped(self) -> None:
        self.assertEqual(judge([*PLAN, "ok 1 - a # SKIP b", "ok 2 - c"]).skipped, "")

    def test_all_skipped(self) -> None:
        verdict = judge(["1..1", "ok 1 - a # SKIP no device"])
        self.assertEqual((verdict.faults, verdict.skipped), ((), "no device"))

    def test_skipped_by_plan(self) -> None:
        verdict = judge(["1..0 # SKIP no device"])
        self.assertEqual((verdict.faults, verdict.skipped), ((), "no device"))
