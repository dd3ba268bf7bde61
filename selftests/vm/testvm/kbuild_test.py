# SPDX-License-Identifier: GPL-2.0
import tempfile
import unittest
from pathlib import Path

from testvm.kbuild import update_copy


class UpdateCopyTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.source = Path(folder.name) / "source"
        self.copy = Path(folder.name) / "copy"
        (self.source / "sub").mkdir(parents=True)
        (self.source / "a.c").write_text("one")
        (self.source / "sub/b.c").write_text("two")
        self.copy.mkdir()
        update_copy(self.source, self.copy)

    def test_copies(self) -> None:
        self.assertEqual((self.copy / "a.c").read_text(), "one")
        self.assertEqual((self.copy / "sub/b.c").read_text(), "two")

    def test_takes_nothing_that_was_built(self) -> None:
        for name in (
            ".a.o.cmd",
            "a.o",
            "m.ko",
            "m.mod",
            "m.mod.c",
            "Module.symvers",
            "sub/config.h",
        ):
            (self.source / name).write_text("built")
        update_copy(self.source, self.copy)
        self.assertEqual(
            {str(path.relative_to(self.copy)) for path in self.copy.rglob("*") if path.is_file()},
            {".copied", "a.c", "sub/b.c"},
        )

    def test_leaves_alone_what_is_the_same(self) -> None:
        before = (self.copy / "a.c").stat().st_mtime_ns
        (self.source / "sub/b.c").write_text("three")
        update_copy(self.source, self.copy)
        self.assertEqual((self.copy / "a.c").stat().st_mtime_ns, before)
        self.assertEqual((self.copy / "sub/b.c").read_text(), "three")

    def test_removes_what_went_away_but_not_what_was_built(self) -> None:
        (self.copy / "a.o").write_text("built")
        (self.source / "a.c").unlink()
        update_copy(self.source, self.copy)
        self.assertFalse((self.copy / "a.c").exists())
        self.assertTrue((self.copy / "a.o").exists())
