# SPDX-License-Identifier: GPL-2.0
"""The kernels under test."""

from dataclasses import dataclass, replace

from testvm.errors import UsageError


_DEBUG = "-debug"


@dataclass(frozen=True)
class Kernel:
    """A kernel as Debian ships it, or of its source. Always the newest one: nothing is pinned."""

    name: str
    """What users call it, and how the version of a packaged one starts."""
    release: str
    """Codename of the Debian release that has its headers and its compiler."""
    image: str
    """Package to install for the kernel, as for Apt.version()."""
    headers: str
    """Package to install for its headers, likewise."""
    source: str
    """Package with its source, likewise."""
    debug: bool = False
    """Whether it is built of its source, so that it checks itself."""

    @property
    def version(self) -> str:
        """How it calls itself starts with this."""
        return self.name.removesuffix(_DEBUG)

    @property
    def of_guests(self) -> "Kernel":
        """The kernel that its nested guests boot."""
        return KERNELS[self.version]

    @property
    def slowness(self) -> int:
        """How many times as long as for a packaged kernel everything may take."""
        return 6 if self.debug else 1


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

_DEBUG_KERNEL = replace(KERNELS["6.12"], name="6.12" + _DEBUG, debug=True)


def kernel_named(name: str) -> Kernel:
    """The kernel of that name; UsageError names the accepted ones."""
    named = {**KERNELS, _DEBUG_KERNEL.name: _DEBUG_KERNEL}
    if name not in named:
        raise UsageError(f"unknown kernel '{name}': the kernels are {', '.join(named)}")
    return named[name]


def kernels_named(name: str) -> list[Kernel]:
    """As kernel_named(), where 'all' stands for every packaged kernel."""
    return list(KERNELS.values()) if name == "all" else [kernel_named(name)]
