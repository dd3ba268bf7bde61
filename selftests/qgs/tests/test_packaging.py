# SPDX-License-Identifier: GPL-2.0
"""The files with which service managers and containers run it."""

import json
import re
import shutil

from qgstest.case import SECONDS, QgsCase
from qgstest.wire import quote_reply, quote_request
from relaytest.process import Background, wait_until
from relaytest.unit import unit_troubles
from testvm.tree import TOOLS, TREE

CONTAINER = TREE / "tools/qgs-mux/container/Containerfile"


class PackagingTest(QgsCase):
    def test_unit(self) -> None:
        self.assertEqual(
            unit_troubles("tools/qgs-mux/systemd/qgs-mux.service.in", self.folder, 2.5), ""
        )

    def test_container_has_all_it_needs(self) -> None:
        # Built as its file says, and with nothing but that inside.
        steps = dict(re.findall(r"^(FROM|COPY|ENTRYPOINT) (.*)$", CONTAINER.read_text(), re.M))
        self.assertEqual(steps["FROM"], "scratch")
        source, target = steps["COPY"].split()
        root = self.folder / "root"
        root.mkdir()
        shutil.copy(TOOLS / source, root / target.lstrip("/"))
        self.service(name="root/qgs")
        words = [*json.loads(steps["ENTRYPOINT"]), "--qgs", "/qgs", "--listen", "unix:/front"]
        self.enterContext(
            Background(
                ["unshare", "--map-root-user", "chroot", str(root), *words], self.folder / "log"
            )
        )
        front = root / "front"
        wait_until(front.exists, SECONDS, "it listens")
        self.assertEqual(self.ask(quote_request(), front), quote_reply())
