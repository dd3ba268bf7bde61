# SPDX-License-Identifier: GPL-2.0
import contextlib
import io
import tempfile
import threading
import unittest
from pathlib import Path

from testvm.cache import Cache


class CacheTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.cache = Cache(Path(folder.name))
        self.builds = 0
        self.enterContext(contextlib.redirect_stderr(io.StringIO()))

    def make(self, folder: Path) -> None:
        self.builds += 1
        (folder / "file").write_text("made")

    def test_builds_once(self) -> None:
        self.assertIsNone(self.cache.find("thing", {"version": 1}))
        built = self.cache.build("thing", {"version": 1}, self.make)
        self.assertEqual((built / "file").read_text(), "made")
        self.assertEqual(self.cache.find("thing", {"version": 1}), built)
        self.cache.build("thing", {"version": 1}, self.make)
        self.assertEqual(self.builds, 1)

    def test_other_inputs_are_another_thing(self) -> None:
        self.cache.build("thing", {"version": 1}, self.make)
        self.assertIsNone(self.cache.find("thing", {"version": 2}))

    def test_a_failure_leaves_nothing_to_find(self) -> None:
        def fail(folder: Path) -> None:
            self.make(folder)
            raise OSError

        with self.assertRaises(OSError):
            self.cache.build("thing", {}, fail)
        self.assertIsNone(self.cache.find("thing", {}))
        self.cache.build("thing", {}, self.make)
        self.assertEqual(self.builds, 2)

    def test_two_at_once_build_once(self) -> None:
        def build() -> None:
            self.cache.build("thing", {}, self.make)

        threads = [threading.Thread(target=build) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.builds, 1)

    def test_prune(self) -> None:
        old = self.cache.build("thing", {"version": 1}, self.make)
        new = self.cache.build("thing", {"version": 2}, self.make)
        self.assertEqual(self.cache.prune({new}), [old])
        self.assertTrue(new.exists())
        self.assertFalse(old.exists())
