# SPDX-License-Identifier: GPL-2.0
"""Finds what a virtual machine is made of in the cache, and builds what is missing."""

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from testvm import (
    build_root,
    debootstrap,
    debug_kernel,
    initramfs,
    kernel_files,
    kernel_source,
    patched_qemu,
    qemu,
    qemu_source,
    root_disk,
    vhost_device_vsock,
)
from testvm.apt import SUITES, Apt
from testvm.cache import Cache, Inputs, cache_folder, progress
from testvm.errors import Failure
from testvm.kernels import Kernel, KERNELS
from testvm.source_packages import SourcePackages
from testvm.tree import QEMU_PATCHES

ROOT_DISK_RELEASE = "bookworm"
# The source packages of patched_qemu.DEBIAN_RELEASE stand beside the releases.
SOURCES = f"{patched_qemu.DEBIAN_RELEASE}-source"


@dataclass(frozen=True)
class KernelFiles:
    """What boots a kernel; all of one folder in the cache."""

    folder: Path

    @property
    def vmlinuz(self) -> Path:
        return self.folder / "vmlinuz"

    @property
    def initrd(self) -> Path:
        """First stage of the virtual machine: finds its disks."""
        return self.folder / "initrd"

    @property
    def guest_initrd(self) -> Path:
        """All of a nested guest but the programs of the tests."""
        return self.folder / "guest-initrd"

    @property
    def modules_disk(self) -> Path:
        """File system with every module of the kernel, to mount at /usr/lib/modules."""
        return self.folder / "modules.ext4"


class Images:
    """The images of the present recipes, and of the newest packages known."""

    def __init__(self) -> None:
        self._cache = Cache(cache_folder())
        lists = self._cache.root / "apt"
        self._sources = SourcePackages(patched_qemu.DEBIAN_RELEASE, lists / SOURCES)
        self._apts = {
            **{release: Apt(release, lists / release) for release in SUITES},
            SOURCES: self._sources,
        }
        self._refreshed: set[str] = set()
        self._used: set[Path] = set()

    def root_disk(self) -> Path:
        """File system of the virtual machine."""
        apt = self._apts[ROOT_DISK_RELEASE]
        folder = self._get(
            "root-disk",
            ROOT_DISK_RELEASE,
            root_disk.PACKAGES,
            [root_disk.__file__, debootstrap.__file__],
            lambda folder: root_disk.build(apt, folder),
        )
        return folder / root_disk.FILE

    def qemu(self) -> list[str]:
        """Command that starts QEMU."""
        apt = self._apts[qemu.RELEASE]
        folder = self._get(
            "qemu",
            qemu.RELEASE,
            [qemu.PACKAGE],
            [qemu.__file__],
            lambda folder: qemu.build(apt, folder),
        )
        return qemu.command(folder)

    def qemu_source(self, release: str) -> Path:
        """Archive with the source of a release of QEMU."""
        folder = self._get(
            f"qemu-source-{release}",
            SOURCES,
            [f"qemu/{release}"],
            [qemu_source.__file__, QEMU_PATCHES / release / qemu_source.BASE],
            lambda folder: qemu_source.build(self._sources, release, folder),
        )
        return folder / qemu_source.FILE

    def qemu_build_root(self) -> Path:
        """Root folder that builds QEMU."""
        return self._build_root(
            "build-root-qemu", patched_qemu.DEBIAN_RELEASE, patched_qemu.BUILD_PACKAGES
        )

    def patched_qemu(self, release: str) -> Path:
        """Folder as of patched_qemu.build(): its FOLDER runs wherever it is copied."""
        root, source = self.qemu_build_root(), self.qemu_source(release)
        folder = self._get(
            f"qemu-{release}",
            SOURCES,
            [f"qemu/{release}"],
            [patched_qemu.__file__, *patched_qemu.series(release)],
            lambda folder: patched_qemu.build(root, source, release, folder),
        )
        return folder

    def vhost_device_vsock(self) -> Path:
        """The program of that name."""
        apt = self._apts[vhost_device_vsock.RELEASE]
        folder = self._get(
            "vhost-device-vsock",
            vhost_device_vsock.RELEASE,
            [vhost_device_vsock.PACKAGE],
            [vhost_device_vsock.__file__],
            lambda folder: vhost_device_vsock.build(apt, folder),
        )
        return vhost_device_vsock.program(folder)

    def kernel(self, kernel: Kernel) -> KernelFiles:
        """What boots `kernel`."""
        if kernel.debug:
            return self._debug_kernel(kernel)
        apt = self._apts[kernel.release]
        folder = self._get(
            f"kernel-{kernel.name}",
            kernel.release,
            [kernel.image, kernel_files.BUSYBOX],
            [
                *(kernel_files.__file__, debootstrap.__file__),
                *(initramfs.__file__, *initramfs.INIT_SCRIPTS),
            ],
            lambda folder: kernel_files.build(apt, kernel, folder),
        )
        return KernelFiles(folder)

    def _debug_kernel(self, kernel: Kernel) -> KernelFiles:
        apt = self._apts[kernel.release]
        folder = self._get(
            f"kernel-{kernel.name}",
            kernel.release,
            [kernel.source, kernel_files.BUSYBOX],
            [
                *(debug_kernel.__file__, debug_kernel.CONFIG, kernel_files.__file__),
                *(debootstrap.__file__, initramfs.__file__, *initramfs.INIT_SCRIPTS),
            ],
            lambda folder: debug_kernel.build(apt, kernel, folder),
        )
        return KernelFiles(folder)

    def module_tree(self, kernel: Kernel) -> Path:
        """What a module for `kernel` is built with; in its build root if that has a package for it."""
        if kernel.debug:
            return self._debug_kernel(kernel).folder / debug_kernel.TREE
        sources = self.build_root(kernel.release) / "usr/src"
        pattern = re.compile(rf"linux-headers-{re.escape(kernel.name)}\..*-cloud-amd64")
        (headers,) = [path for path in sources.iterdir() if pattern.fullmatch(path.name)]
        return headers

    def kernel_source(self, kernel: Kernel) -> Path:
        """Top of the kernel's source tree, as far as kernel_source.py wants it."""
        apt = self._apts[kernel.release]
        return self._get(
            f"kernel-source-{kernel.name}",
            kernel.release,
            [kernel.source],
            [kernel_source.__file__],
            lambda folder: kernel_source.build(apt, kernel, folder),
        )

    def build_root(self, release: str) -> Path:
        """Root folder with compiler and kernel headers of a Debian release."""
        headers = [kernel.headers for kernel in KERNELS.values() if kernel.release == release]
        return self._build_root(f"build-root-{release}", release, [*build_root.PACKAGES, *headers])

    def _build_root(self, name: str, release: str, packages: list[str]) -> Path:
        apt = self._apts[release]
        folder = self._get(
            name,
            release,
            packages,
            [build_root.__file__, debootstrap.__file__],
            lambda folder: build_root.build(
                apt, release, [apt.newest(package) for package in packages], folder
            ),
        )
        return folder / build_root.FOLDER

    def prepare(self, kernels: list[Kernel]) -> None:
        """Builds all that the machines of `kernels` need."""
        self.qemu()
        self.root_disk()
        for kernel in kernels:
            self.kernel(kernel)
            self.kernel(kernel.of_guests)
            self.build_root(kernel.release)

    def refresh(self) -> None:
        """Looks for newer packages; what they change is built at its next use."""
        for release in self._apts:
            self._refresh(release)

    def prune(self) -> list[Path]:
        """Removes images of older packages and recipes; returns what went."""
        self.prepare(list(KERNELS.values()))
        for kernel in KERNELS.values():
            self.kernel_source(kernel)
        return self._cache.prune(self._used)

    def _get(
        self,
        name: str,
        release: str,
        packages: list[str],
        recipe: list[str | Path],
        make: Callable[[Path], None],
    ) -> Path:
        apt = self._apts[release]

        def inputs() -> Inputs:
            return {
                "packages": {package: apt.version(package) for package in packages},
                "recipe": [hashlib.sha256(Path(file).read_bytes()).hexdigest() for file in recipe],
            }

        found = self._cache.find(name, inputs()) if apt.known else None
        if not found:
            if os.geteuid() != 0:
                raise Failure(
                    f"{name} has to be built, once, and that takes root\n"
                    f"hint: sudo VSOCKFWD_CACHE='{self._cache.root}' selftests/vm/images"
                )
            self._refresh(release)
            found = self._cache.build(name, inputs(), make)
        self._used.add(found)
        return found

    def _refresh(self, release: str) -> None:
        if release not in self._refreshed:
            with progress(f"fetching package lists of {release}"):
                self._apts[release].refresh()
            self._refreshed.add(release)
