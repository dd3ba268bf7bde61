# SPDX-License-Identifier: GPL-2.0
"""Hosts that are network namespaces of this machine."""

import os
from pathlib import Path

from relaytest.process import Background, wait_until
from testvm.process import output_of


class Host(Background):
    """A network namespace of its own, which lives as long as this."""

    def __init__(self, folder: Path) -> None:
        super().__init__(["unshare", "--net", "sleep", "infinity"], folder / "namespace.log")
        ours = os.readlink("/proc/self/ns/net")
        wait_until(
            lambda: os.readlink(f"/proc/{self.pid}/ns/net") != ours, 10, "a namespace is made"
        )
        self.run("ip", "link", "set", "lo", "up")

    @property
    def wrapper(self) -> list[str]:
        """Runs the rest of a command there."""
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net"]

    def run(self, *command: str) -> str:
        return output_of([*self.wrapper, *command])

    def join(self, other: "Host", own_address: str, its_address: str) -> None:
        """A cable between the two, both ends up."""
        cable = ["link", "add", "name", "cable", "type", "veth", "peer", "name", "cable"]
        self.run("ip", *cable, "netns", str(other.pid))
        for host, address in ((self, own_address), (other, its_address)):
            host.run("ip", "address", "add", f"{address}/24", "dev", "cable")
            host.run("ip", "link", "set", "cable", "up")
