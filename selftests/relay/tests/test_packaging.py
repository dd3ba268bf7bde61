# SPDX-License-Identifier: GPL-2.0
"""The file with which service managers run it."""

from relaytest.case import RelayCase
from relaytest.unit import unit_troubles


class Packaging(RelayCase):
    def test_unit(self) -> None:
        template = "tools/vsock-relay/systemd/vsock-relay@.service.in"
        self.assertEqual(unit_troubles(template, self.folder, 2.0), "")
