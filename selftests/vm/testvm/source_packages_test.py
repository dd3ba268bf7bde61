# SPDX-License-Identifier: GPL-2.0
import unittest

from testvm.source_packages import newest_version

SHOW = """Package: qemu
Version: 1:10.0.2+ds-2+deb13u1

Package: qemu
Version: 1:10.0.13+ds-0+deb13u1

Package: qemu
Version: 1:11.1.3+ds-1~bpo13+1
"""


class NewestVersion(unittest.TestCase):
    def test_is_newest_by_number(self) -> None:
        self.assertEqual(newest_version(SHOW, "10.0"), "1:10.0.13+ds-0+deb13u1")

    def test_suffix_of_debian_is_no_matter(self) -> None:
        self.assertEqual(newest_version(SHOW, "11.1"), "1:11.1.3+ds-1~bpo13+1")

    def test_no_part_of_a_number(self) -> None:
        for version in ("1", "0.0", "11.10", "11.1.30"):
            self.assertIsNone(newest_version(SHOW, version))
