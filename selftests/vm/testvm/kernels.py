# SPDX-License-Identifier: GPL-2.0
"""The kernels under test."""

from dataclasses import dataclass

from testvm.errors import UsageError


@dataclass(frozen=True)
class Kernel:
    """A kernel as Debian ships it. Always the newest one: nothing is pinned."""

    name: str
    """What users call it, and how its version starts."""
    release: str
    """Codename of the Debian release that has its headers and its compiler."""
    image: str
    """Package to install for the kernel, as for Apt.version()."""
    headers: str
    """Package to install for its headers, likewise."""
    source: str
    """Package with its source, likewise."""


KERNELS: dict[str, Kernel] = {
    kernel.name: kernel
    for kernel in (
        Kernel(
            "6.1",
            "bookworm",
            "linux-image-cloud-amd64",
            "linux-headers-cloud-amd64",
            "linux-source-6.1",
        ),
        Kernel(
            "6.12",
            "bookworm",
            "linux-image-6.12-cloud-amd64",
            "linux-headers-6.12-cloud-amd64",
            "linux-source-6.12",
        ),
        Kernel(
            "7.2",
            "trixie",
            # Not the packages that depend on the newest kernel: that will be another one some day.
            "linux-image-7.2.*-cloud-amd64/trixie-backports",
            "linux-headers-7.2.*-cloud-amd64/trixie-backports",
            "linux-source-7.2/trixie-backports",
        ),
    )
}


def kernel_named(name: str) -> Kernel:
    """The kernel of that name; UsageError names the accepted ones."""
    if name not in KERNELS:
        raise UsageError(f"unknown kernel '{name}': the kernels are {', '.join(KERNELS)}")
    return KERNELS[name]


def kernels_named(name: str) -> list[Kernel]:
    """As kernel_named(), where 'all' stands for every kernel."""
    return list(KERNELS.values()) if name == "all" else [kernel_named(name)]
