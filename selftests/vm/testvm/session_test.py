# SPDX-License-Identifier: GPL-2.0
import tempfile
import unittest
from pathlib import Path

from testvm.session import MOST_TESTS_OF_A_MACHINE, groups_of
from testvm.testrun import Test


class GroupsTest(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def make(self, count: int, name: str, text: str = "#!/bin/bash\n") -> list[Test]:
        tests = [Test(self.folder / f"test_{name}_{number:02}.sh") for number in range(count)]
        for test in tests:
            test.path.write_text(text)
        return tests

    def test_few_share_a_machine(self) -> None:
        tests = self.make(MOST_TESTS_OF_A_MACHINE, "few")
        self.assertEqual(groups_of(tests), [tests])

    def test_many_get_several_of_about_the_same_size(self) -> None:
        tests = self.make(2 * MOST_TESTS_OF_A_MACHINE + 1, "many")
        groups = groups_of(tests)
        self.assertEqual([len(group) for group in groups], [17, 16, 16])
        self.assertEqual(
            sorted(test.name for group in groups for test in group), [test.name for test in tests]
        )

    def test_other_processors_other_machine(self) -> None:
        fast = self.make(2, "fast")
        in_turn = self.make(1, "in_turn", "#!/bin/bash\n# processors: in turn\n")
        self.assertEqual(groups_of([*fast, *in_turn]), [fast, in_turn])
